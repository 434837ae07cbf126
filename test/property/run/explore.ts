/**
 * Every order in which actors can commit to one run: lanes end their steps one way or another, people decide, an operator
 * interferes. Explores all reachable heads of a small graph and checks each step from one to the next.
 */
import assert from 'node:assert/strict';
import { laneId, runId, type LaneId } from '../../../src/domain/ids.ts';
import { advance } from '../../../src/domain/run/advance.ts';
import type { Follow, RunEvent } from '../../../src/domain/run/events.ts';
import { isEndState, type Head, type Row } from '../../../src/domain/run/head.ts';
import { newHead } from '../../../src/domain/run/new-run.ts';
import type { Plan, PlanStep } from '../../../src/domain/workflow/plan.ts';
import { PERSON, TENANT } from '../../support/simulation/world.ts';

const NOW = '2026-11-21T10:00:00.000Z';
export type Interference = 'CANCEL' | 'TERMINATE' | 'PAUSE' | 'RETRY_STEP' | 'RETRY_RUN' | 'TAKEN_OVER' | 'TIMED_OUT';

export interface Explored {
  readonly heads: number;
  readonly ends: ReadonlySet<string>;
}

interface Place {
  readonly head: Head;
  /** Interferences that may still happen. */
  readonly left: readonly Interference[];
}

/** `mayFail` names the steps that end both ways. Throws at the first head or transition that is wrong. */
export function explore(plan: Plan, mayFail: readonly string[], interferences: readonly Interference[]): Explored {
  const seen = new Set<string>();
  const ends = new Set<string>();
  const open: Place[] = [{ head: firstHead(plan), left: interferences }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const key = keyOf(place);
    if (seen.has(key)) continue;
    seen.add(key);
    const { head } = place;
    checkHead(head);
    checkStale(plan, head);
    if (isEndState(head.state)) ends.add(head.state);
    const turns = turnsOf(plan, head, mayFail);
    assert.ok(turns.length > 0 || isEndState(head.state) || head.pausedBy !== null, `stuck: ${key}`);
    for (const event of turns) open.push({ head: step(plan, head, event, true), left: place.left });
    for (const kind of place.left) {
      const rest = place.left.filter((each) => each !== kind);
      for (const event of interfere(plan, head, kind)) {
        const next = tryStep(plan, head, event);
        if (next !== null) open.push({ head: next, left: rest });
      }
    }
  }
  return { heads: seen.size, ends };
}

function firstHead(plan: Plan): Head {
  const startedBy = { id: PERSON, kind: 'user' } as const;
  const scope = { tenant: TENANT, run: runId('r') };
  return newHead({
    scope,
    plan,
    startedBy,
    trigger: 'api',
    scheduledFor: null,
    businessKey: null,
    traceparent: null,
    now: NOW,
  });
}

/** What the actors that carry this head's open rows can commit next. */
function turnsOf(plan: Plan, head: Head, mayFail: readonly string[]): RunEvent[] {
  if (isEndState(head.state)) return [];
  const turns: RunEvent[] = head.pausedBy === null ? [] : [{ type: 'RESUME', by: PERSON }];
  for (const row of head.rows) {
    if (row.state === 'RUNNING') turns.push(...endings(plan, row, mayFail));
    else if (row.state === 'SUSPENDED' && row.reason === 'TIMER') {
      if (head.pausedBy === null) turns.push({ type: 'DEADLINE_PASSED', step: row.step, fence: row.fence });
    } else if (row.state === 'SUSPENDED' && !row.decided) turns.push({ type: 'DECIDED', step: row.step });
    else if (row.state === 'SUSPENDED' && head.pausedBy === null) turns.push(...endings(plan, row, []));
  }
  return turns;
}

function endings(plan: Plan, row: Row, mayFail: readonly string[]): RunEvent[] {
  const at = { step: row.step, fence: row.fence, lane: row.lane as LaneId };
  if (row.step === 0) return [{ type: 'BEGUN', fence: row.fence, lane: at.lane }];
  const step = plan.steps[row.step - 1];
  if (step === undefined) return [{ type: 'ENDED', fence: row.fence, outcome: 'SUCCEEDED', result: null }];
  const turns = successes(step, row).map((chosen): RunEvent => ({
    type: 'STEP_SUCCEEDED',
    ...at,
    result: null,
    chosen,
  }));
  if (step.action.verb === 'GOVERN' && row.state === 'RUNNING') {
    return [{ type: 'STEP_SUSPENDED', ...at, reason: 'APPROVAL', due: null }];
  }
  if (mayFail.includes(step.id)) {
    turns.push({ type: 'STEP_FAILED', ...at, code: 'OUTSIDE_REFUSED', result: null, retryAt: null });
  }
  return turns;
}

function successes(step: PlanStep, row: Row): readonly (number | null)[] {
  if (step.action.verb === 'LOGIC_GATE') return step.action.branches.map((_, branch) => branch);
  return step.action.verb === 'GOVERN' && row.state === 'SUSPENDED' ? [0, 1] : [null];
}

function interfere(plan: Plan, head: Head, kind: Interference): RunEvent[] {
  switch (kind) {
    case 'TIMED_OUT':
      return [{ type: 'TIMED_OUT' }];
    case 'RETRY_STEP':
      return plan.steps.map((step) => ({ type: 'RETRY_STEP', by: PERSON, step: step.ordinal }));
    case 'TAKEN_OVER':
      return head.rows.map((row) => ({ type: 'TAKEN_OVER', step: row.step, fence: row.fence }));
    default:
      return [{ type: kind, by: PERSON }];
  }
}

function step(plan: Plan, head: Head, event: RunEvent, once: boolean): Head {
  const advanced = advance(plan, head, event, NOW);
  assert.ok(advanced.ok, `${event.type} was refused: ${advanced.ok ? '' : advanced.refusal}`);
  checkTransition(head, advanced.head, event, advanced.effects);
  if (once && 'fence' in event) {
    assert.equal(advance(plan, advanced.head, event, NOW).ok, false, `${event.type} was accepted twice`);
  }
  return advanced.head;
}

function tryStep(plan: Plan, head: Head, event: RunEvent): Head | null {
  return advance(plan, head, event, NOW).ok ? step(plan, head, event, false) : null;
}

/** Nothing of a head but what decides what can happen next. */
function keyOf({ head, left }: Place): string {
  const rows = head.rows.map((row) => [
    row.state,
    row.reason,
    row.fence,
    row.decided,
    row.chosen,
    row.lane,
    row.takeovers,
  ]);
  return JSON.stringify([head.state, head.phase, head.endingAs, head.cause, head.pausedBy, head.attempt, rows, left]);
}

function checkHead(head: Head): void {
  const dues = head.rows
    .filter((row) => head.pausedBy === null || row.state !== 'SUSPENDED' || row.reason !== 'TIMER')
    .map((row) => row.due);
  const timeout =
    head.activeSince !== null && head.phase === 'MAIN' && head.endingAs === null
      ? new Date(Date.parse(head.activeSince) + head.timeoutMs - head.activeMs).toISOString()
      : null;
  const all = [...dues, timeout, ...head.outbox.map((entry) => entry.notBefore)].filter((each) => each !== null).sort();
  assert.equal(head.nextDue, all[0] ?? null, 'nextDue is not the earliest of all that is pending');
  if (!isEndState(head.state)) return;
  for (const row of head.rows)
    assert.ok(isEndState(row.state), `${row.id} is ${row.state} in a run that is ${head.state}`);
}

/** Nobody but the turn that the row is waiting for may commit: neither an older one nor one that was never claimed. */
function checkStale(plan: Plan, head: Head): void {
  for (const row of head.rows) {
    for (const fence of [row.fence - 1, row.fence + 1]) {
      for (const event of staleEvents(plan, { ...row, fence })) {
        const advanced = advance(plan, head, event, NOW);
        assert.equal(advanced.ok, false, `${event.type} of ${row.id} under fence ${fence}, not ${row.fence}`);
      }
    }
  }
}

function staleEvents(plan: Plan, row: Row): readonly RunEvent[] {
  const at = { step: row.step, fence: row.fence, lane: row.lane as LaneId };
  const common: RunEvent[] = [
    { type: 'TAKEN_OVER', ...at },
    { type: 'LEFT_ALONE', ...at, until: NOW },
    { type: 'WOKEN_EARLY', ...at },
    { type: 'DEADLINE_PASSED', ...at },
    { type: 'EFFECTS_CHANGED', ...at, open: 1 },
  ];
  if (row.step === 0) return [...common, { type: 'BEGUN', ...at }, { type: 'QUEUED', ...at, until: null }];
  if (row.step > plan.steps.length)
    return [
      ...common,
      { type: 'ENDED', ...at, outcome: 'FAILED', result: null },
      { type: 'STEP_SLEEPS', ...at, until: NOW, idle: true },
    ];
  const failed = { type: 'STEP_FAILED', ...at, code: 'OUTSIDE_UNAVAILABLE', result: null } as const;
  return [
    ...common,
    { type: 'STEP_SUCCEEDED', ...at, result: null, chosen: null },
    { type: 'STEP_SKIPPED', ...at, reason: 'CONDITION' },
    { ...failed, retryAt: null },
    { ...failed, retryAt: NOW },
    { type: 'STEP_SUSPENDED', ...at, reason: 'APPROVAL', due: null },
    { type: 'STEP_SLEEPS', ...at, until: NOW },
    { type: 'STEP_SLEEPS', ...at, until: NOW, idle: true },
  ];
}

/** Whoever became RUNNING has a carrier; ended rows stay as they are; fences only rise. */
function checkTransition(before: Head, after: Head, event: RunEvent, effects: Follow): void {
  const reopened = event.type === 'RETRY_STEP' || event.type === 'RETRY_RUN';
  for (const [at, row] of after.rows.entries()) {
    const old = before.rows[at] as Row;
    assert.ok(row.fence >= old.fence, `the fence of ${row.id} fell`);
    if (isEndState(old.state) && !reopened) assert.equal(row.state, old.state, `${row.id} changed after its end`);
    if (row.state !== 'RUNNING' || (old.state === 'RUNNING' && old.fence === row.fence)) continue;
    const carried = 'step' in event || 'lane' in event ? carrierOf(after, event) : null;
    const started = effects.starts.filter(({ turn }) => turn.step === row.step);
    assert.equal(started.length + (carried === row.step ? 1 : 0), 1, `${row.id} has not exactly one carrier`);
    const own = laneId(after.run, row.step, row.fence);
    assert.equal(row.lane, carried === row.step ? (event as { lane: LaneId }).lane : own);
  }
}

function carrierOf(after: Head, event: RunEvent): number | null {
  const step = 'step' in event ? event.step : 0;
  const out = after.rows[step]?.out;
  return 'fence' in event && out?.fence === event.fence && 'lane' in event ? (out.next?.step ?? null) : null;
}
