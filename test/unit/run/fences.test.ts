/** What `advance` refuses, event by event, and what a control leaves in the rows: the engine's last line against who comes late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../../src/domain/run/advance.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import type { Head, Row } from '../../../src/domain/run/head.ts';
import { newHead } from '../../../src/domain/run/new-run.ts';
import { laneId, runId } from '../../../src/domain/ids.ts';
import { planOf } from '../../support/simulation/plans.ts';
import { PERSON, TENANT } from '../../support/simulation/world.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const SOON = '2026-11-21T10:00:30.000Z';
const PAST = '2026-11-21T09:59:00.000Z';
const scope = { tenant: TENANT, run: runId('r1') };
const lane = laneId(scope.run, 1, 2);
const plan = planOf([
  { id: 'gate', branches: [['chosen'], ['other']] },
  { id: 'chosen', verb: 'PUSH' },
  { id: 'other' },
  { id: 'aside', after: ['gate'] },
  { id: 'below', after: ['chosen'] },
]);
const [GATE, CHOSEN, OTHER, ASIDE, BELOW, END] = [1, 2, 3, 4, 5, 6] as const;

function headWith(shapes: Readonly<Record<number, Partial<Row>>>, change: Partial<Head> = {}): Head {
  const startedBy = { id: PERSON, kind: 'user' } as const;
  const rest = { trigger: 'api', scheduledFor: null, businessKey: null, traceparent: null } as const;
  const head = newHead({ scope, plan, startedBy, now: NOW, ...rest });
  const begun = { state: 'SUCCEEDED', endedAt: NOW, due: null } as const;
  const rows = head.rows.map((row) => ({ ...row, ...(row.step === 0 ? begun : {}), ...shapes[row.step] }));
  return { ...head, state: 'RUNNING', pendingReason: null, startedAt: NOW, ...change, rows };
}
const running = { state: 'RUNNING', fence: 4, attempt: 1, lane, due: SOON } as const;
const waiting = { state: 'SUSPENDED', reason: 'APPROVAL', fence: 4, attempt: 1, lane, due: SOON } as const;
const ended = { state: 'SUCCEEDED', fence: 4, attempt: 1, endedAt: NOW } as const;
const by = PERSON;

function outcome(head: Head, event: RunEvent): string {
  const done = advance(plan, head, event, NOW);
  return done.ok ? 'taken' : done.refusal;
}
function after(head: Head, event: RunEvent): Head {
  const done = advance(plan, head, event, NOW);
  assert.ok(done.ok, JSON.stringify(done));
  return done.head;
}

const inTurn = (step: number, fence: number): readonly RunEvent[] => [
  { type: 'STEP_SUCCEEDED', step, fence, lane, result: null, chosen: null },
  { type: 'STEP_SKIPPED', step, fence, lane, reason: 'CONDITION' },
  { type: 'STEP_FAILED', step, fence, lane, code: 'OUTSIDE_REFUSED', result: null, retryAt: null },
  { type: 'STEP_SUSPENDED', step, fence, lane, reason: 'APPROVAL', due: null },
  { type: 'STEP_SLEEPS', step, fence, lane, until: SOON },
  { type: 'EFFECTS_CHANGED', step, fence, open: 1 },
];

test('P2: a turn commits only under its own fence, while its step is open', () => {
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const tell = (row: Partial<Row>, fence: number, step: number = CHOSEN): string => {
      const event = inTurn(step, fence)[at] as RunEvent;
      return outcome(headWith({ [CHOSEN]: row }), event);
    };
    const type = inTurn(CHOSEN, 4)[at]?.type;
    assert.equal(tell(running, 4), 'taken', type);
    assert.equal(tell(running, 3), 'STALE_FENCE', type);
    assert.equal(tell(running, 5), 'STALE_FENCE', type);
    assert.equal(tell(waiting, 4), 'NOT_ALLOWED', `${type}: nobody has decided`);
    assert.equal(tell({ ...waiting, decided: true }, 4), 'taken', type);
    assert.equal(tell(ended, 4), 'NOT_ALLOWED', type);
    assert.equal(tell({ fence: 4 }, 4), 'NOT_ALLOWED', `${type}: not begun`);
    for (const [step, fence] of [[0, 1] as const, [END, 0] as const])
      assert.notEqual(tell(running, fence, step), 'taken', `${type}: a pseudo-step that does not run`);
    assert.equal(tell(running, 1, 99), 'UNKNOWN_STEP', type);
  }
});

test('the effects of a step that has ended are settled under its last fence, as long as one is open', () => {
  const event = { type: 'EFFECTS_CHANGED', step: CHOSEN, fence: 4, open: 0 } as const;
  for (const state of ['SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED'] as const) {
    assert.equal(outcome(headWith({ [CHOSEN]: { ...ended, state, openEffects: 1 } }), event), 'taken', state);
    assert.equal(outcome(headWith({ [CHOSEN]: { ...ended, state, openEffects: 0 } }), event), 'NOT_ALLOWED', state);
    assert.equal(outcome(headWith({ [CHOSEN]: { ...ended, state, fence: 5, openEffects: 1 } }), event), 'STALE_FENCE');
  }
  assert.equal(outcome(headWith({ [CHOSEN]: { ...waiting, openEffects: 1 } }), event), 'NOT_ALLOWED');
});

test('who waits is decided once, in time, and only by what it waits for', () => {
  const decided = { type: 'DECIDED', step: CHOSEN } as const;
  const deadline = { type: 'DEADLINE_PASSED', step: CHOSEN, fence: 4 } as const;
  const tell = (row: Partial<Row>, event: RunEvent, change: Partial<Head> = {}): string =>
    outcome(headWith({ [CHOSEN]: row }, change), event);
  assert.equal(tell(waiting, decided), 'taken');
  assert.equal(tell({ ...waiting, decided: true }, decided), 'NOT_ALLOWED');
  assert.equal(tell({ ...waiting, reason: 'TIMER' }, decided), 'NOT_ALLOWED');
  assert.equal(tell(running, decided), 'NOT_ALLOWED');
  assert.equal(tell(waiting, deadline), 'NOT_ALLOWED', 'it is not over');
  assert.equal(tell({ ...waiting, due: NOW }, deadline), 'taken');
  assert.equal(tell({ ...waiting, due: null }, deadline), 'NOT_ALLOWED');
  assert.equal(tell({ ...waiting, due: PAST, decided: true }, deadline), 'NOT_ALLOWED');
  assert.equal(tell({ ...waiting, due: PAST, fence: 5 }, deadline), 'STALE_FENCE');
  const paused = { state: 'PAUSED', pausedBy: by } as const;
  assert.equal(tell({ ...waiting, reason: 'TIMER', due: PAST }, deadline, paused), 'NOT_ALLOWED');
  assert.equal(tell({ ...waiting, due: PAST }, deadline, paused), 'taken', 'a deadline is recorded while paused');
});

test('only what somebody should be working on is taken over, under the fence that was seen', () => {
  const event = { type: 'TAKEN_OVER', step: CHOSEN, fence: 4 } as const;
  const tell = (row: Partial<Row>, change: Partial<Head> = {}): string =>
    outcome(headWith({ [CHOSEN]: row }, change), event);
  assert.equal(tell(running), 'taken');
  assert.equal(tell({ ...running, fence: 5 }), 'STALE_FENCE');
  assert.equal(tell(waiting), 'NOT_ALLOWED');
  assert.equal(tell({ ...waiting, decided: true }), 'taken');
  assert.equal(tell({ ...waiting, decided: true }, { state: 'PAUSED', pausedBy: by }), 'NOT_ALLOWED');
  assert.equal(tell(ended), 'NOT_ALLOWED');
  const row = after(headWith({ [CHOSEN]: { ...running, takeovers: 4 } }), event).rows[CHOSEN];
  assert.deepEqual([row?.state, row?.fence, row?.takeovers], ['RUNNING', 5, 5]);
  const lost = after(headWith({ [CHOSEN]: { ...running, takeovers: 5 } }), event).rows[CHOSEN];
  assert.deepEqual([lost?.state, lost?.fence, lost?.errorCode], ['FAILED', 5, 'ENGINE_LOST']);
});

test('whatever ends a wait from outside raises its fence, forgets its decision and voids its question', () => {
  for (const event of [{ type: 'CANCEL', by }, { type: 'TERMINATE', by }, { type: 'TIMED_OUT' }] as const) {
    const head = headWith({ [GATE]: { ...ended, chosen: 0 }, [CHOSEN]: { ...waiting, decided: true } });
    const done = advance(plan, head, event, NOW);
    assert.ok(done.ok);
    const row = done.head.rows[CHOSEN];
    assert.deepEqual([row?.state, row?.fence, row?.decided], ['CANCELLED', 5, false], event.type);
    assert.deepEqual(done.effects.voids, [CHOSEN]);
    for (const late of inTurn(CHOSEN, 4)) assert.notEqual(outcome(done.head, late), 'taken', late.type);
  }
});

test('a pause takes a sleeping retry out of its lane, and only that', () => {
  const asleep = { ...running, wakeAt: SOON };
  const paused = (row: Partial<Row>): Row | undefined =>
    after(headWith({ [CHOSEN]: row }), { type: 'PAUSE', by }).rows[CHOSEN];
  const taken = paused(asleep);
  assert.deepEqual([taken?.state, taken?.reason, taken?.fence, taken?.due], ['SUSPENDED', 'TIMER', 5, SOON]);
  for (const awake of [running, { ...running, wakeAt: PAST }, { ...running, wakeAt: NOW }]) {
    const row = paused(awake);
    assert.deepEqual([row?.state, row?.fence], ['RUNNING', 4]);
  }
});

test('while a run ends, cleans up or is cancelled, none of its steps is retried', () => {
  const failed = { ...ended, state: 'FAILED' } as const;
  const retry = { type: 'RETRY_STEP', by, step: CHOSEN } as const;
  const tell = (change: Partial<Head>): string => outcome(headWith({ [CHOSEN]: failed }, change), retry);
  assert.equal(tell({ endingAs: 'FAILED' }), 'taken', 'its failure has only closed the phase');
  assert.equal(tell({ endingAs: 'CANCELLED' }), 'NOT_ALLOWED');
  for (const phase of ['ON_ERROR', 'COMPENSATING', 'FINALLY'] as const)
    assert.equal(tell({ phase, endingAs: 'FAILED' }), 'NOT_ALLOWED', phase);
  const below = headWith({ [CHOSEN]: failed, [BELOW]: running });
  assert.equal(outcome(below, retry), 'NOT_ALLOWED', 'what depends on it still works');
});

test('a retried step takes with it what its failure stopped and what depends on it, and nothing else', () => {
  const head = headWith(
    {
      [GATE]: { ...ended, chosen: 0 },
      [CHOSEN]: { ...ended, state: 'FAILED' },
      [OTHER]: { ...ended, state: 'SKIPPED', reason: 'LOGIC_GATE' },
      [ASIDE]: { ...ended, state: 'CANCELLED' },
      [BELOW]: { ...ended, state: 'SKIPPED', reason: 'UPSTREAM_FAILED' },
      [END]: ended,
    },
    { state: 'FAILED', endedAt: NOW, endingAs: 'FAILED', phase: 'FINALLY' },
  );
  const next = after(head, { type: 'RETRY_STEP', by, step: CHOSEN });
  const states = next.rows.map(({ state, fence }) => `${state} ${fence}`);
  const reset = 'PENDING 5';
  assert.deepEqual(states.slice(1), ['SUCCEEDED 4', reset, 'SKIPPED 4', reset, reset, reset]);
  assert.equal(next.attempt, 2);
  const again = after(head, { type: 'RETRY_RUN', by });
  assert.ok(again.rows.slice(1).every(({ state, fence }) => state === 'PENDING' && fence === 5));
});
