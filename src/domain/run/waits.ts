/**
 * Events that end or move a wait from outside the turn: a decision, a deadline, a needless ring, and what the sweep does
 * with steps whose lane is gone.
 */
import { later } from '../instant.ts';
import type { Refusal, RunEvent } from './events.ts';
import { cancelRow, claim, editRow, isHeld, ringRow, rowOf, settleDue, startLane, type Draft } from './draft.ts';
import { isEndState, type Row } from './head.ts';
import { close } from './ending.ts';
import { bellOut, post, waitsForBell } from './steps.ts';
import { settle } from './settle.ts';

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Takeovers of one step without a commit of its own, after which it is given up. */
export const MOST_TAKEOVERS = 5;

export function decide(draft: Draft, event: Of<'DECIDED'>): Refusal | null {
  const row = draft.rows[event.step];
  if (row === undefined) return 'UNKNOWN_STEP';
  if (row.state !== 'SUSPENDED' || row.decided || row.reason === 'TIMER') return 'NOT_ALLOWED';
  post(draft, event.post ?? []);
  take(draft, row);
  return null;
}

export function passDeadline(draft: Draft, event: Of<'DEADLINE_PASSED'>): Refusal | null {
  const row = draft.rows[event.step];
  if (row === undefined) return 'UNKNOWN_STEP';
  if (row.fence !== event.fence) return 'STALE_FENCE';
  if (row.state !== 'SUSPENDED' || row.decided || row.due === null || row.due > draft.now) return 'NOT_ALLOWED';
  if (row.reason === 'TIMER' && draft.control.pausedBy !== null) return 'NOT_ALLOWED';
  take(draft, row);
  return null;
}

/** The wait has its answer. A waiting lane is rung; where the lane has ended, a new one starts; while the run is held neither. */
function take(draft: Draft, row: Row): void {
  if (row.step === 0 || !isHeld(draft)) {
    release(draft, row);
    return;
  }
  editRow(draft, row.step, { decided: true, since: draft.now, due: null });
  if (draft.control.pausedBy === null) askForSlot(draft);
}

/** `$begin` works again: it takes a slot, and lets go what is held. */
export function askForSlot(draft: Draft): void {
  if (!isEndState(rowOf(draft, 0).state)) return;
  draft.control.pendingReason = 'SLOT';
  claim(draft, 0);
}

/** What was decided or fell due while the run was held. */
export function releaseHeld(draft: Draft): void {
  for (const row of draft.rows) {
    if (row.state !== 'SUSPENDED' || row.step === 0) continue;
    if (row.decided) release(draft, row);
    else if (row.reason === 'TIMER' && row.due !== null && row.due <= draft.now) claim(draft, row.step);
  }
}

function release(draft: Draft, row: Row): void {
  if (waitsForBell(row.reason)) {
    const due = later(draft.now, draft.rhythm.silenceMs);
    ringRow(draft, editRow(draft, row.step, { decided: true, since: draft.now, due }));
  } else {
    claim(draft, row.step);
  }
}

export function wakeEarly(draft: Draft, event: Of<'WOKEN_EARLY'>): Refusal | null {
  const row = draft.rows[event.step];
  if (row === undefined) return 'UNKNOWN_STEP';
  if (row.fence !== event.fence) return 'STALE_FENCE';
  if (row.state !== 'SUSPENDED' || !waitsForBell(row.reason)) return 'NOT_ALLOWED';
  if (row.decided && !isHeld(draft)) return 'NOT_ALLOWED';
  const fence = event.fence + 1;
  editRow(draft, event.step, { fence, lane: event.lane, out: bellOut(draft, event.step, event.fence, fence) });
  return null;
}

/** Only what somebody should be working on can be taken over. */
function refuseSweep(draft: Draft, step: number, fence: number): Refusal | null {
  const row = draft.rows[step];
  if (row === undefined) return 'UNKNOWN_STEP';
  if (row.fence !== fence) return 'STALE_FENCE';
  if (row.state === 'RUNNING') return null;
  return row.state === 'SUSPENDED' && row.decided && !isHeld(draft) ? null : 'NOT_ALLOWED';
}

export function takeOver(draft: Draft, event: Of<'TAKEN_OVER'>): Refusal | null {
  const refusal = refuseSweep(draft, event.step, event.fence);
  if (refusal !== null) return refusal;
  const row = rowOf(draft, event.step);
  ringRow(draft, row);
  if (row.takeovers >= MOST_TAKEOVERS) {
    giveUp(draft, row);
    return null;
  }
  editRow(draft, event.step, {
    fence: row.fence + 1,
    takeovers: row.takeovers + 1,
    wakeAt: null,
    since: draft.now,
    due: later(draft.now, draft.rhythm.silenceMs),
  });
  startLane(draft, event.step);
  return null;
}

/** `ENGINE_LOST`: the step kills whoever works it. `$begin` and `$end` have nobody after them: the run ends with them. */
function giveUp(draft: Draft, row: Row): void {
  const { step } = row;
  const lost = {
    fence: row.fence + 1,
    decided: false,
    due: settleDue(row.openEffects, draft.now),
    wakeAt: null,
    endedAt: draft.now,
    errorCode: 'ENGINE_LOST',
  };
  if (row.state === 'SUSPENDED' && row.reason === 'APPROVAL') draft.voids.push(step);
  editRow(draft, step, { ...lost, state: 'FAILED', reason: null });
  if (step > 0 && step < draft.topology.end) {
    settle(draft, [step]);
    return;
  }
  for (const each of draft.rows) if (!isEndState(each.state)) cancelRow(draft, each);
  draft.control.cause ??= { code: 'ENGINE_LOST', step };
  close(draft, 'FAILED');
}

export function leaveAlone(draft: Draft, event: Of<'LEFT_ALONE'>): Refusal | null {
  const refusal = refuseSweep(draft, event.step, event.fence);
  if (refusal === null) editRow(draft, event.step, { due: event.until });
  return refusal;
}
