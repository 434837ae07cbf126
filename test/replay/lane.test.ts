/** The lane as Durable replays it: what it calls for what it is answered, over the SDK's own generator contract. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneActivities } from '../../src/activities/register.ts';
import type { Deps } from '../../src/ports/deps.ts';
import type { Verbs } from '../../src/activities/step-work.ts';
import { runId, tenantId } from '../../src/domain/ids.ts';
import { TURN_VERBS, type Out, type Turn } from '../../src/domain/run/head.ts';
import { topologyOf } from '../../src/domain/run/topology.ts';
import { AGAIN, LANE, makeLane, TURNS_PER_GENERATION, type LaneContext } from '../../src/orchestration/lane.ts';
import { planOf } from '../support/simulation/plans.ts';

const turn = (step: number, fence = 1): Turn => ({
  tenant: tenantId('acme'),
  run: runId('r1'),
  step,
  fence,
  verb: 'FETCH',
});
const out = (next: Turn | null, more: Partial<Out> = {}): Out => ({
  fence: 1,
  next,
  sleepUntil: null,
  doorbell: null,
  ...more,
});

type Call = readonly unknown[];

/** Replays a lane with these answers; what it asked for, and with what it continued as new. */
function replay(answers: readonly unknown[]): {
  readonly calls: readonly Call[];
  readonly again: unknown;
  readonly done: boolean;
} {
  let again: unknown = null;
  const df: LaneContext<Call, string>['df'] = {
    instanceId: 'r1~1~1',
    getInput: () => turn(1),
    callActivityWithRetry: (...call) => ['activity', ...call],
    createTimer: (at) => ['timer', at.toISOString()],
    waitForExternalEvent: (name) => ['event', name],
    continueAsNew: (input) => {
      again = input;
    },
  };
  const lane = makeLane<Call, string>('again')({ df });
  const calls: Call[] = [];
  let step = lane.next();
  for (const answer of answers) {
    assert.ok(!step.done, 'the lane ended before its answers');
    calls.push(step.value);
    step = lane.next(answer);
  }
  if (!step.done) calls.push(step.value);
  return { calls, again, done: step.done === true };
}

const activity = (of: Turn): Call => ['activity', of.verb, 'again', { ...of, lane: 'r1~1~1' }];

test('a turn is an activity named by its verb, with the lane in its input', () => {
  assert.deepEqual(replay([]).calls, [activity(turn(1))]);
});

test('the lane ends when nothing is next', () => {
  const { done, calls, again } = replay([out(null)]);
  assert.ok(done);
  assert.equal(calls.length, 1);
  assert.equal(again, null);
});

test('it sleeps, waits for the bell, then works the next turn: each alone in its yield', () => {
  const sleepUntil = '2026-11-21T10:00:05.000Z';
  const next = turn(1, 2);
  const { calls } = replay([out(next, { sleepUntil, doorbell: 'bell~1~2' }), undefined, {}]);
  assert.deepEqual(calls, [activity(turn(1)), ['timer', sleepUntil], ['event', 'bell~1~2'], activity(next)]);
});

test(`after ${TURNS_PER_GENERATION} turns it continues as new with the next turn and nothing open`, () => {
  const answers = Array.from({ length: TURNS_PER_GENERATION }, (_, at) => out(turn(at + 2)));
  const { calls, again, done } = replay(answers);
  assert.ok(done);
  assert.equal(calls.length, TURNS_PER_GENERATION);
  assert.deepEqual(again, turn(TURNS_PER_GENERATION + 1));
});

test('the same answers give the same calls, however often they are replayed', () => {
  const answers = [out(turn(2)), out(turn(3), { sleepUntil: '2026-11-21T10:00:05.000Z' }), undefined];
  assert.deepEqual(replay(answers), replay(answers));
});

test('every activity that a turn can name is registered, and nothing else', () => {
  const activities = laneActivities({} as Deps, {} as Verbs);
  assert.deepEqual(Object.keys(activities).sort(), [...TURN_VERBS].sort());
  const plan = planOf([{ id: 'a' }, { id: 'b', verb: 'FETCH' }, { id: 'gate', branches: [[], []] }]);
  for (const verb of topologyOf(plan).verbs) assert.ok(verb in activities, verb);
});

test('name and retry of a lane are what histories of every release hold', () => {
  assert.equal(LANE, 'lane');
  assert.deepEqual(AGAIN, { firstRetryIntervalMs: 1_000, maxAttempts: 3 });
});
