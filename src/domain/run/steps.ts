/**
 * Events that the turn of a step commits: its end, its next attempt, its wait. Each is refused unless the row still is
 * under the turn's fence and open, so that of two executions of one turn only the first counts.
 */
import { between, later } from '../instant.ts';
import { bellName } from '../ids.ts';
import type { Refusal, RunEvent } from './events.ts';
import { assignLanes, editRow, lastOut, rowOf, settleDue, turnOf, type Draft } from './draft.ts';
import { isEndState, type Out, type OutboxEntry, type Row } from './head.ts';
import { settle } from './settle.ts';

/** A lane sleeps no longer than this; a longer wait is the record's business (`SUSPENDED(TIMER)`). */
export const LONGEST_SLEEP_MS = 5 * 60_000;
/** Durable timers fire up to 12 s late; the sweep does not look before. */
const TIMER_SLACK_MS = 15_000;

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Why a commit by the turn (step, fence) is refused, or null: open under this fence, or suspended and woken by a decision. */
export function refuseTurn(
  draft: Draft,
  step: number,
  fence: number,
  last: number = draft.topology.end - 1,
): Refusal | null {
  if (step < 1 || step > last) return 'UNKNOWN_STEP';
  const row = rowOf(draft, step);
  if (row.fence !== fence) return 'STALE_FENCE';
  if (row.state === 'RUNNING' || (row.state === 'SUSPENDED' && row.decided)) return null;
  return 'NOT_ALLOWED';
}

/** Ends the row, releases what follows, and leaves the answer that names the lane's next turn. */
function end(
  draft: Draft,
  event: { step: number; fence: number; lane: Of<'STEP_SUCCEEDED'>['lane'] },
  change: Partial<Row>,
): void {
  const row = rowOf(draft, event.step);
  editRow(draft, event.step, {
    ...change,
    takeovers: 0,
    decided: false,
    since: draft.now,
    due: settleDue(change.openEffects ?? row.openEffects, draft.now),
    wakeAt: null,
    endedAt: draft.now,
  });
  settle(draft, [event.step]);
  const next = assignLanes(draft, event.lane);
  editRow(draft, event.step, { out: { ...lastOut(event.fence), next } });
}

export function succeed(draft: Draft, event: Of<'STEP_SUCCEEDED'>): void {
  end(draft, event, {
    state: 'SUCCEEDED',
    reason: null,
    chosen: event.chosen,
    result: event.result,
    errorCode: null,
    // A write succeeds only when all its effects are confirmed: the last of them in this very commit.
    openEffects: 0,
  });
}

export function skip(draft: Draft, event: Of<'STEP_SKIPPED'>): void {
  end(draft, event, { state: 'SKIPPED', reason: event.reason });
}

export function fail(draft: Draft, event: Of<'STEP_FAILED'>): void {
  const row = rowOf(draft, event.step);
  const stopped = draft.control.phase === 'MAIN' && draft.control.endingAs !== null;
  if (event.retryAt === null || stopped) {
    const state = event.code === 'CANCELLED' && stopped ? 'CANCELLED' : 'FAILED';
    end(draft, event, { state, reason: null, errorCode: event.code, result: event.result });
    return;
  }
  retryAt(draft, event, event.retryAt, { attempt: row.attempt + 1, errorCode: event.code, result: event.result });
}

/** `$end` sleeps too: sealing the run's output may have to wait for keys. */
export function sleep(draft: Draft, event: Of<'STEP_SLEEPS'>): Refusal | null {
  const refusal = refuseTurn(draft, event.step, event.fence, draft.topology.end);
  if (refusal === null) retryAt(draft, event, event.until, {}, event.idle);
  return refusal;
}

/** The next fence of the same step begins at `at`: in this lane when that is soon and the run not paused, else from the record. */
function retryAt(
  draft: Draft,
  event: { step: number; fence: number },
  at: string,
  change: Partial<Row>,
  idle = false,
): void {
  const fence = event.fence + 1;
  const common = { ...change, fence, takeovers: 0, decided: false, since: draft.now };
  if (!idle && draft.control.pausedBy === null && between(draft.now, at) <= LONGEST_SLEEP_MS) {
    editRow(draft, event.step, {
      ...common,
      state: 'RUNNING',
      reason: null,
      wakeAt: at,
      due: later(at > draft.now ? at : draft.now, draft.rhythm.silenceMs + TIMER_SLACK_MS),
      out: { ...lastOut(event.fence), next: turnOf(draft, event.step, fence), sleepUntil: at },
    });
  } else {
    const out = lastOut(event.fence);
    editRow(draft, event.step, { ...common, state: 'SUSPENDED', reason: 'TIMER', wakeAt: null, due: at, out });
  }
}

export function suspend(draft: Draft, event: Of<'STEP_SUSPENDED'>): void {
  post(draft, event.post ?? []);
  const fence = event.fence + 1;
  editRow(draft, event.step, {
    state: 'SUSPENDED',
    reason: event.reason,
    fence,
    takeovers: 0,
    decided: false,
    since: draft.now,
    wakeAt: null,
    due: event.due,
    lane: event.lane,
    out: waitsForBell(event.reason) ? bellOut(draft, event.step, event.fence, fence) : lastOut(event.fence),
  });
  if (draft.control.phase === 'MAIN' && draft.control.endingAs !== null) refuseToWait(draft, event.step);
}

/** A run that is ending waits for nobody: the step is closed instead. */
function refuseToWait(draft: Draft, step: number): void {
  const row = rowOf(draft, step);
  if (row.reason === 'APPROVAL') draft.voids.push(step);
  editRow(draft, step, {
    state: 'CANCELLED',
    reason: null,
    due: settleDue(row.openEffects, draft.now),
    endedAt: draft.now,
  });
  settle(draft, [step]);
  const next = row.lane === null ? null : assignLanes(draft, row.lane);
  editRow(draft, step, { out: { ...lastOut(row.fence - 1), next } });
}

/** The lane itself waits for these; for the others it ends, and whoever resolves them starts the next one. */
export const waitsForBell = (reason: Row['reason']): boolean => reason === 'APPROVAL' || reason === 'SIGNAL';

export function bellOut(draft: Draft, step: number, committed: number, fence: number): Out {
  return { ...lastOut(committed), next: turnOf(draft, step, fence), doorbell: bellName(step, fence) };
}

export function changeEffects(draft: Draft, event: Of<'EFFECTS_CHANGED'>): void {
  post(draft, event.post ?? []);
  const row = rowOf(draft, event.step);
  const awake = later(draft.now, draft.rhythm.silenceMs);
  const rest = event.due === undefined ? settleDue(event.open, draft.now) : event.due;
  const due = isEndState(row.state) ? rest : awake;
  const takeovers = event.intends === true ? row.takeovers : 0;
  editRow(draft, event.step, { openEffects: event.open, takeovers, since: draft.now, due });
}

/** Adds entries to the outbox; one that is already there stands. */
export function post(draft: Draft, entries: readonly OutboxEntry[]): void {
  const fresh = entries.filter((entry) => !draft.outbox.some((standing) => standing.id === entry.id));
  if (fresh.length > 0) draft.outbox = [...draft.outbox, ...fresh];
}
