/**
 * Retry of a step or of a whole run. A retry resets rows and raises their fences, so that nothing of an earlier attempt
 * can commit any more. On an ended run it opens the next run attempt, which begins like the first.
 */
import { UNTOUCHED } from './new-run.ts';
import type { Plan } from '../workflow/plan.ts';
import type { Refusal, RunEvent } from './events.ts';
import { claim, editRow, isHeld, rowOf, type Draft } from './draft.ts';
import { isEndState, type Row } from './head.ts';
import { isErasing } from './retention.ts';
import { settleAll } from './settle.ts';
import { descendantsOf, stepOf } from './topology.ts';
import { askForSlot } from './waits.ts';

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const atRest = (row: Row): boolean => row.state === 'PENDING' || isEndState(row.state);

export function retryStep(draft: Draft, event: Of<'RETRY_STEP'>): Refusal | null {
  const { control, topology } = draft;
  if (event.step < 1 || event.step >= topology.end) return 'UNKNOWN_STEP';
  if (stepOf(draft.plan, event.step).list !== 'MAIN' || !isEndState(rowOf(draft, event.step).state))
    return 'NOT_ALLOWED';
  if (isErasing(control.erasedAt, draft.outbox, draft.now)) return 'NOT_ALLOWED';
  const ended = isEndState(control.state);
  if (!ended && (control.phase !== 'MAIN' || control.endingAs === 'CANCELLED')) return 'NOT_ALLOWED';
  const chosen = withHandlers(draft.plan, event.step);
  if (![...chosen].every((step) => atRest(rowOf(draft, step)))) return 'NOT_ALLOWED';
  for (const step of topology.members.MAIN) {
    const row = rowOf(draft, step);
    if (chosen.has(step) || wasStopped(row)) reset(draft, row);
  }
  if (ended) {
    resetEnding(draft);
    reopen(draft);
  } else {
    control.endingAs = null;
    control.cause = null;
    settleAll(draft);
    if (control.pausedBy === null && isHeld(draft)) askForSlot(draft);
  }
  return null;
}

export function retryRun(draft: Draft): Refusal | null {
  if (!isEndState(draft.control.state) || isErasing(draft.control.erasedAt, draft.outbox, draft.now))
    return 'NOT_ALLOWED';
  for (const step of draft.topology.members.MAIN) reset(draft, rowOf(draft, step));
  resetEnding(draft);
  reopen(draft);
  return null;
}

/** Closed by somebody else's failure or by a cancel, not by its own doing. */
const wasStopped = (row: Row): boolean =>
  row.state === 'CANCELLED' || (row.state === 'SKIPPED' && row.reason === 'UPSTREAM_FAILED');

/** The step, all that depends on it, and the handler steps of each of these with what depends on them. */
function withHandlers(plan: Plan, step: number): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [step];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    open.push(...descendantsOf(plan, at), ...stepOf(plan, at).handler);
  }
  return found;
}

function reset(draft: Draft, row: Row): void {
  editRow(draft, row.step, { ...UNTOUCHED, fence: row.fence + 1 });
}

function resetEnding(draft: Draft): void {
  const { members, end } = draft.topology;
  for (const step of [...members.ON_ERROR, ...members.COMPENSATING, ...members.FINALLY, end]) {
    reset(draft, rowOf(draft, step));
  }
}

function reopen(draft: Draft): void {
  const { control } = draft;
  control.attempt += 1;
  control.state = 'PENDING';
  control.pendingReason = 'START';
  control.pausedBy = null;
  control.phase = 'MAIN';
  control.endingAs = null;
  control.cause = null;
  control.partial = false;
  control.endedAt = null;
  control.activeMs = 0;
  control.activeSince = null;
  claim(draft, 0);
}
