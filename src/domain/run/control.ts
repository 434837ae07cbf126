/** What people and time do to a whole run: begin, queue, end, cancel, terminate, pause, resume, time out. */
import type { Refusal, RunEvent } from './events.ts';
import {
  assignLanes,
  cancelRow,
  claim,
  closeRow,
  editRow,
  isAsleep,
  isHeld,
  lastOut,
  rowOf,
  type Draft,
} from './draft.ts';
import { close } from './ending.ts';
import { isEndState, type EndState, type Row } from './head.ts';
import { settleAll, stopPhase } from './settle.ts';
import { askForSlot, releaseHeld } from './waits.ts';

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** False also between two attempts; true while a run that gave its slot back asks for another one. */
const hasBegun = (draft: Draft): boolean =>
  isEndState(rowOf(draft, 0).state) || draft.rows.some((row) => row.step > 0 && row.startedAt !== null);

function refusePseudo(row: Row, fence: number): Refusal | null {
  if (row.fence !== fence) return 'STALE_FENCE';
  return row.state === 'RUNNING' ? null : 'NOT_ALLOWED';
}

export function begin(draft: Draft, event: Of<'BEGUN'>): Refusal | null {
  const refusal = refusePseudo(rowOf(draft, 0), event.fence);
  if (refusal !== null) return refusal;
  const { control, now } = draft;
  control.pendingReason = null;
  control.startedAt ??= now;
  if (event.slot !== undefined) control.slot = event.slot;
  editRow(draft, 0, { state: 'SUCCEEDED', takeovers: 0, since: now, due: null, wakeAt: null, endedAt: now });
  releaseHeld(draft);
  settleAll(draft);
  const next = assignLanes(draft, event.lane);
  editRow(draft, 0, { out: { ...lastOut(event.fence), next } });
  return null;
}

/** No slot: `$begin` waits; a promotion or the end of the wait starts a lane for it again. */
export function queue(draft: Draft, event: Of<'QUEUED'>): Refusal | null {
  const refusal = refusePseudo(rowOf(draft, 0), event.fence);
  if (refusal !== null) return refusal;
  draft.control.pendingReason = 'SLOT';
  editRow(draft, 0, {
    state: 'SUSPENDED',
    reason: 'TIMER',
    fence: event.fence + 1,
    takeovers: 0,
    since: draft.now,
    due: event.until,
    out: lastOut(event.fence),
  });
  return null;
}

export function finish(draft: Draft, event: Of<'ENDED'>): Refusal | null {
  const { end } = draft.topology;
  const refusal = refusePseudo(rowOf(draft, end), event.fence);
  if (refusal !== null) return refusal;
  const { control, now } = draft;
  if (event.code !== undefined) control.cause = { code: event.code, step: end };
  editRow(draft, end, {
    state: 'SUCCEEDED',
    takeovers: 0,
    since: now,
    due: null,
    endedAt: now,
    result: event.result,
    out: lastOut(event.fence),
  });
  close(draft, event.outcome);
  return null;
}

export function timeOut(draft: Draft): Refusal | null {
  if (draft.control.phase !== 'MAIN' || draft.control.endingAs !== null || !hasBegun(draft)) return 'NOT_ALLOWED';
  stop(draft, 'FAILED', 'RUN_TIMEOUT');
  return null;
}

/** Graceful: `finally` still runs. Once `finally` itself runs, only `terminate` is left. */
export function cancel(draft: Draft): Refusal | null {
  const { phase } = draft.control;
  if (phase === 'FINALLY' || rowOf(draft, draft.topology.end).state !== 'PENDING') return 'NOT_ALLOWED';
  if (phase === 'MAIN' && draft.control.endingAs === 'CANCELLED') return 'NOT_ALLOWED';
  leaveBegin(draft);
  stop(draft, 'CANCELLED', 'CANCELLED');
  return null;
}

export function expireQueue(draft: Draft, event: Of<'QUEUE_EXPIRED'>): Refusal | null {
  const refusal = refusePseudo(rowOf(draft, 0), event.fence);
  if (refusal !== null) return refusal;
  leaveBegin(draft);
  stop(draft, 'FAILED', 'QUEUED_TOO_LONG');
  editRow(draft, 0, { out: lastOut(event.fence) });
  return null;
}

export function slotFree(draft: Draft): Refusal | null {
  if (rowOf(draft, 0).state !== 'SUSPENDED') return 'NOT_ALLOWED';
  claim(draft, 0);
  return null;
}

/** A run that never began has nothing to clean up: its `finally` steps are left out too. */
function leaveBegin(draft: Draft): void {
  const begun = hasBegun(draft);
  if (!isEndState(rowOf(draft, 0).state)) cancelRow(draft, rowOf(draft, 0));
  if (begun) return;
  for (const row of draft.rows) {
    if (row.state === 'PENDING' && row.step !== draft.topology.end) {
      closeRow(draft, row.step, { state: 'CANCELLED', reason: null });
    }
  }
}

function stop(draft: Draft, outcome: EndState, code: string): void {
  const { control } = draft;
  if (control.phase === 'MAIN' && (control.endingAs === null || outcome === 'CANCELLED')) {
    control.endingAs = outcome;
    control.cause = { code, step: null };
  }
  control.pausedBy = null;
  control.pendingReason = null;
  stopPhase(draft, null);
  settleAll(draft);
}

/** Hard: nothing more happens, not even `finally`; what still runs is refused by the raised fences. */
export function terminate(draft: Draft): Refusal | null {
  for (const row of draft.rows) {
    if (isEndState(row.state)) continue;
    if (row.state === 'RUNNING') draft.aborts.push(row.step);
    cancelRow(draft, row);
  }
  draft.control.cause = { code: 'TERMINATED', step: null };
  close(draft, 'CANCELLED');
  return null;
}

export function pause(draft: Draft, event: Of<'PAUSE'>): Refusal | null {
  const { state } = draft.control;
  if (state !== 'RUNNING' && state !== 'SUSPENDED') return 'NOT_ALLOWED';
  draft.control.pausedBy = event.by;
  for (const row of draft.rows) {
    if (isAsleep(row, draft.now)) {
      const fence = row.fence + 1;
      editRow(draft, row.step, { state: 'SUSPENDED', reason: 'TIMER', fence, due: row.wakeAt, wakeAt: null });
    } else if (row.state === 'SUSPENDED' && row.decided) {
      editRow(draft, row.step, { due: null });
    }
  }
  return null;
}

export function resume(draft: Draft): Refusal | null {
  if (draft.control.pausedBy === null) return 'NOT_ALLOWED';
  draft.control.pausedBy = null;
  if (isHeld(draft)) {
    askForSlot(draft);
    return null;
  }
  releaseHeld(draft);
  settleAll(draft);
  return null;
}
