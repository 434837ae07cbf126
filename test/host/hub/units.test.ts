/** The hub's pure parts: event ids, the cut rule, retries, the timer heap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeBatch } from '../../../src/host/hub/batch.ts';
import { dynamicCommands } from '../../../src/host/hub/dynamic.ts';
import { emptyMemory, Live, rebuild } from '../../../src/host/hub/live.ts';
import type { Command, Episode, InstanceRow, Letter, Message } from '../../../src/host/hub/records.ts';
import { attemptAfterTimer, timerAfterFailure } from '../../../src/host/hub/retry.ts';
import { planActions, signatureOf, type SdkAction } from '../../../src/host/hub/sdk/actions.ts';
import { decisionFromError, decisionFromResult } from '../../../src/host/hub/sdk/decision.ts';
import { Timers } from '../../../src/host/hub/timers.ts';

const context = { now: 1000, exec: 'exec', newId: () => 'new', heldLock: () => undefined };
const row: InstanceRow = {
  n: 1,
  id: 'one',
  name: 'f',
  version: null,
  exec: 'exec',
  gen: 0,
  status: 'Running',
  fresh: 0,
  input: null,
  output: null,
  custom: null,
  created: 0,
  updated: 0,
  parent: null,
};
const activity = (functionName: string): SdkAction => ({ actionType: 0, functionName });
const wait = (externalEventName: string): SdkAction => ({ actionType: 6, externalEventName });
const signal = (): SdkAction => ({ actionType: 9, instanceId: '@counter@a', operation: 'add', input: 1 });

test('ids go depth-first; waits take none, signals one, a release one for each lock', () => {
  const lock: SdkAction = {
    actionType: 13,
    lockRequestId: 'L',
    lockSet: [
      { name: 'A', key: '1' },
      { name: 'B', key: '2' },
    ],
  };
  const inner: SdkAction = { actionType: 11, compoundActions: [activity('b'), wait('e')] };
  const actions = [
    activity('a'),
    { actionType: 12, compoundActions: [inner, activity('c')] },
    signal(),
    lock,
    { actionType: 14 },
    activity('d'),
  ];
  const plan = planActions(actions, 0, 5, context);
  assert.deepEqual(
    plan.commands.map((command) => [command.c, command.i, 'name' in command ? command.name : '']),
    [
      ['task', 5, 'a'],
      ['task', 6, 'b'],
      ['task', 7, 'c'],
      ['signal', 8, ''],
      ['lock', 9, ''],
      ['release', 10, ''],
      ['task', 12, 'd'],
    ],
  );
  assert.equal(plan.nid, 13);
  assert.deepEqual(plan.signatures.slice(0, 2), ['activity:a', 'all(any(activity:b,wait:e),activity:c)']);
});

test('only actions behind the known ones are planned', () => {
  const plan = planActions([activity('a'), activity('b')], 1, 1, context);
  assert.deepEqual(
    plan.commands.map((command) => [command.i, 'name' in command && command.name]),
    [[1, 'b']],
  );
});

test('a signature says kind and target, and long fan-outs stay short', () => {
  const many = { actionType: 12, compoundActions: Array.from({ length: 300 }, () => activity('a')) };
  assert.equal(signatureOf(many), 'all(300*activity:a)');
});

const letter = (message: Message): Letter => ({ seq: 1, message, consumed: false, written: true });
const retry = { attempt: 1, max: 3, first: 10, coefficient: 2, maxInterval: 1000 };
const task = (i: number, more: object = {}): Command => ({ c: 'task', i, q: i, name: 'a', ...more });
const failure = { reason: 'r', details: '' };

function liveWith(commands: Command[], messages: Message[]) {
  const live = new Live({ ...row });
  const memory = emptyMemory();
  for (const command of commands) memory.open.set(command.i, command);
  live.letters.push(...messages.map(letter));
  return { live, memory };
}

test('the cut rule: normal letters come before dynamic ones, each in their order', () => {
  const { live, memory } = liveWith(
    [task(0), task(1, { retry }), task(2)],
    [
      { k: 'done', g: 0, i: 0, r: '1' },
      { k: 'fail', g: 0, i: 1, f: failure },
      { k: 'done', g: 0, i: 2, r: '2' },
    ],
  );
  const batch = takeBatch(live, memory, Infinity);
  assert.deepEqual(
    batch.taken.map(({ command, dynamic }) => [command?.i, dynamic]),
    [
      [0, false],
      [2, false],
      [1, true],
    ],
  );
  assert.equal(batch.length, 3);
});

test('letters of another generation, of unknown ids and second answers are dropped', () => {
  const { live, memory } = liveWith(
    [task(0)],
    [
      { k: 'done', g: 1, i: 0, r: '1' },
      { k: 'done', g: 0, i: 7, r: '1' },
      { k: 'done', g: 0, i: 0, r: '1' },
      { k: 'done', g: 0, i: 0, r: '2' },
    ],
  );
  const batch = takeBatch(live, memory, Infinity);
  assert.equal(batch.taken.length, 1);
  assert.equal(batch.dropped.length, 3);
});

test('a letter for the host comes alone and in its turn', () => {
  const { live, memory } = liveWith(
    [],
    [
      { k: 'event', name: 'e', input: '1' },
      { k: 'suspend', reason: 'x' },
    ],
  );
  assert.equal(takeBatch(live, memory, Infinity).control, undefined);
  live.letters.shift();
  assert.equal(takeBatch(live, memory, Infinity).control?.message.k, 'suspend');
});

test('retries wait longer each time up to the maximum; behind the last one a timer fires at once', () => {
  const command = { ...task(0), retry: { ...retry, maxInterval: 15 } } as Extract<Command, { c: 'task' }>;
  const first = timerAfterFailure(command, 1, 9, 1000);
  assert.deepEqual([first.at, first.last], [1010, undefined]);
  const second = attemptAfterTimer(first.again as typeof command, 2, 10, 'exec') as typeof command;
  assert.equal(second.retry?.attempt, 2);
  const next = timerAfterFailure(second, 3, 11, 2000);
  assert.equal(next.at, 2015);
  const third = attemptAfterTimer(next.again as typeof command, 4, 12, 'exec') as typeof command;
  const last = timerAfterFailure(third, 5, 13, 3000);
  assert.deepEqual([last.at, last.last], [3000, true]);
});

test('a retried child without an id of its own gets the one of its new event id', () => {
  const child = { c: 'child', i: 2, name: 'f', id: 'exec:2', input: 'null', retry } as const;
  assert.equal((attemptAfterTimer(child, 5, 0, 'exec') as typeof child).id, 'exec:5');
  assert.equal((attemptAfterTimer({ ...child, id: 'mine' }, 5, 0, 'exec') as typeof child).id, 'mine');
});

test('a polled 202 takes two ids: the timer first, then the call', () => {
  const http: Command = {
    c: 'http',
    i: 0,
    q: 1,
    call: { method: 'POST', uri: 'http://h/a', content: 'x', poll: true },
  };
  const answer = JSON.stringify({ statusCode: 202, headers: { Location: '/b', 'Retry-After': '2' }, content: '' });
  const { live, memory } = liveWith([http], [{ k: 'done', g: 0, i: 0, r: answer }]);
  const { commands, nid } = dynamicCommands(takeBatch(live, memory, 1), 4, 1000, 'exec', () => 77);
  assert.deepEqual(commands, [
    { c: 'timer', i: 4, q: 77, at: 3000, top: -1, leaf: 0, http: 5 },
    { c: 'http', i: 5, q: 77, call: { method: 'GET', uri: 'http://h/b', poll: true } },
  ]);
  assert.equal(nid, 6);
});

test('memory rebuilt from the file is what it was', () => {
  const episodes: Episode[] = [
    { t: 1, x: [{ e: 'start' }], c: [task(0), task(1)], a: ['activity:a', 'activity:a'], nid: 2 },
    { t: 2, x: [{ e: 'done', i: 0, r: '1' }], c: [], a: [], nid: 2 },
    { t: 3, x: [{ e: 'suspended', reason: 'x' }], c: [], a: [], nid: 2 },
  ];
  const memory = rebuild(row, episodes, false);
  assert.deepEqual([...memory.open.keys()], [1]);
  assert.deepEqual(
    memory.events.map(({ EventType }) => EventType),
    [12, 0, 12, 5],
  );
  assert.equal(memory.episodes, 3);
});

test('what an orchestrator threw is read from the error; anything else breaks the protocol', () => {
  const state = { isDone: false, actions: [[activity('a')]], error: 'bad', customStatus: { p: 1 } };
  const decision = decisionFromError(new Error(`false\n\n$OutOfProcData$:${JSON.stringify(state)}`));
  assert.deepEqual([decision.outcome, decision.error, decision.custom], ['failed', 'bad', '{"p":1}']);
  assert.equal(decisionFromError(new Error('boom')).broken, 'boom');
  assert.ok(decisionFromResult({ invocationId: '', outputData: [] }, true).broken);
});

test('timers fire in order, a cancelled one never, one of 40 days after 40 days', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const fired: number[] = [];
  const timers = new Timers(Date.now, ({ seq }) => fired.push(seq));
  const add = (seq: number, at: number) => timers.add({ at, seq, n: 1, g: 0, i: seq });
  const days = 86_400_000;
  add(1, 300);
  add(2, 100);
  add(3, 200);
  add(4, 40 * days);
  timers.cancel(3);
  t.mock.timers.tick(100);
  assert.deepEqual(fired, [2]);
  t.mock.timers.tick(1000);
  assert.deepEqual(fired, [2, 1]);
  for (let day = 0; day < 39; day += 1) t.mock.timers.tick(days);
  assert.deepEqual(fired, [2, 1]);
  t.mock.timers.tick(days);
  assert.deepEqual(fired, [2, 1, 4]);
});

test('cancelling most of a large heap empties it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const timers = new Timers(Date.now, () => undefined);
  for (let seq = 0; seq < 1000; seq += 1) timers.add({ at: 1e9 + seq, seq, n: 1, g: 0, i: seq });
  for (let seq = 0; seq < 900; seq += 1) timers.cancel(seq);
  assert.ok(timers.size < 600);
  timers.stop();
});
