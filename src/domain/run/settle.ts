/**
 * What follows from the end of steps: joins, skips, failures and phases, to a fixpoint within one commit. The only place
 * that claims steps because of the graph. Invariants:
 * 1. A step is claimed only when it was PENDING and nothing else will be known about its dependencies.
 * 2. While the run is paused or has no slot nothing is claimed and no phase opens; skips are still worked out.
 * 3. Once a phase is stopped, none of its rows is PENDING, SUSPENDED or asleep: so nothing of it can be released.
 */
import { isEndState, type Phase } from './head.ts';
import { cancelRow, claim, closeRow, isAsleep, isHeld, rowOf, type Draft } from './draft.ts';
import { isFatal, isSettled, readiness } from './readiness.ts';
import { descendantsOf, stepOf } from './topology.ts';

/** Call once for each event, with the steps that it ended: claims and skips all that follows, then moves the phase. */
export function settle(draft: Draft, ended: readonly number[]): void {
  const queue = [...ended];
  for (let at = 0; at < queue.length; at++) onEnded(draft, queue[at] as number, queue);
  movePhase(draft);
}

/** Looks at every step of the present phase: after begin and resume, and when a phase opens. */
export function settleAll(draft: Draft): void {
  lookAt(draft, draft.topology.members[draft.control.phase]);
  movePhase(draft);
}

function lookAt(draft: Draft, steps: readonly number[]): void {
  const queue: number[] = [];
  for (const step of steps) consider(draft, step, queue);
  for (let at = 0; at < queue.length; at++) onEnded(draft, queue[at] as number, queue);
}

function onEnded(draft: Draft, step: number, queue: number[]): void {
  const { handler, handles } = stepOf(draft.plan, step);
  for (const each of handler) consider(draft, each, queue);
  if (!isSettled(draft.plan, draft.rows, step)) return;
  if (isFatal(draft.plan, draft.rows, step)) {
    failPhase(draft, step);
    return;
  }
  for (const each of draft.topology.followers[step] ?? []) consider(draft, each, queue);
  if (handles !== null && isSettled(draft.plan, draft.rows, handles)) onEnded(draft, handles, queue);
}

function consider(draft: Draft, step: number, queue: number[]): void {
  if (rowOf(draft, step).state !== 'PENDING') return;
  if (draft.topology.phases[step] !== draft.control.phase) return;
  const verdict = readiness(draft.plan, draft.rows, stepOf(draft.plan, step));
  if (verdict === 'WAIT') return;
  if (verdict === 'RUN') {
    if (!isHeld(draft)) claim(draft, step);
    return;
  }
  closeRow(draft, step, { state: 'SKIPPED', reason: verdict });
  queue.push(step);
}

function failPhase(draft: Draft, step: number): void {
  const { control } = draft;
  if (control.endingAs === null || control.endingAs === 'SUCCEEDED') {
    control.endingAs = 'FAILED';
    control.cause = { code: rowOf(draft, step).errorCode ?? 'STEP_FAILED', step };
  }
  stopPhase(draft, handledBy(draft, step));
}

/** The step whose failure the handler steps were there for, whatever their nesting. */
function handledBy(draft: Draft, step: number): number {
  const { handles } = stepOf(draft.plan, step);
  return handles === null ? step : handledBy(draft, handles);
}

/** Nothing more is released in the present phase: what waits is cancelled, what runs is told and may finish. */
export function stopPhase(draft: Draft, failed: number | null): void {
  const below = failed === null ? null : descendantsOf(draft.plan, failed);
  for (const step of draft.topology.members[draft.control.phase]) {
    const row = rowOf(draft, step);
    if (row.state === 'PENDING') {
      const isBelow = below?.has(step) === true;
      if (isBelow) closeRow(draft, step, { state: 'SKIPPED', reason: 'UPSTREAM_FAILED' });
      else closeRow(draft, step, { state: 'CANCELLED', reason: null });
    } else if (row.state === 'SUSPENDED' || isAsleep(row, draft.now)) {
      cancelRow(draft, row);
    } else if (row.state === 'RUNNING' && !draft.claims.includes(step)) {
      draft.aborts.push(step);
    }
  }
}

const isOver = (draft: Draft): boolean =>
  draft.topology.members[draft.control.phase].every((step) => isEndState(rowOf(draft, step).state));

function movePhase(draft: Draft): void {
  const { control } = draft;
  while (!isHeld(draft) && isOver(draft)) {
    if (control.phase === 'FINALLY') {
      if (rowOf(draft, draft.topology.end).state === 'PENDING') claim(draft, draft.topology.end);
      return;
    }
    if (control.phase === 'MAIN') closeMain(draft);
    control.phase = nextPhase(control.phase);
    if (control.phase === 'ON_ERROR' && control.endingAs !== 'FAILED') leaveOut(draft);
    else lookAt(draft, draft.topology.members[control.phase]);
  }
}

function nextPhase(phase: Phase): Phase {
  if (phase === 'MAIN') return 'ON_ERROR';
  return phase === 'ON_ERROR' ? 'COMPENSATING' : 'FINALLY';
}

/** A failure can have been left standing by a retry of another step: it decides the outcome now. */
function closeMain(draft: Draft): void {
  const { control } = draft;
  const standing = draft.topology.members.MAIN.find((step) => isFatal(draft.plan, draft.rows, step));
  if (control.endingAs === null && standing !== undefined) {
    control.cause = { code: rowOf(draft, standing).errorCode ?? 'STEP_FAILED', step: standing };
  }
  control.endingAs ??= standing === undefined ? 'SUCCEEDED' : 'FAILED';
  control.partial = draft.rows.some((row) => row.state === 'FAILED');
}

/** `onError` steps of a run that did not fail. */
function leaveOut(draft: Draft): void {
  for (const step of draft.topology.members[draft.control.phase]) {
    closeRow(draft, step, { state: 'SKIPPED', reason: 'CONDITION' });
  }
}
