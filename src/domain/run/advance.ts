/**
 * The engine's one decision: a head and something that happened give the next head and what its commit makes necessary,
 * or a refusal. Pure: no clock, no randomness, no store. Every race in a run is decided by the order of these commits.
 */
import type { Instant } from '../json.ts';
import type { Plan } from '../workflow/plan.ts';
import { begin, cancel, expireQueue, finish, pause, queue, resume, slotFree, terminate, timeOut } from './control.ts';
import { derive } from './derive.ts';
import { assignLanes, DEFAULT_RHYTHM, editRow, openDraft, rowOf, type Draft, type Rhythm } from './draft.ts';
import type { Advanced, Refusal, RunEvent } from './events.ts';
import { isEndState, type Head } from './head.ts';
import { erases, withErasure } from './retention.ts';
import { retryRun, retryStep } from './reopen.ts';
import { changeEffects, fail, post, refuseTurn, skip, sleep, succeed, suspend } from './steps.ts';
import { decide, leaveAlone, passDeadline, takeOver, wakeEarly } from './waits.ts';

/** What still happens to a run that has its outcome. */
const AFTER_THE_END: readonly RunEvent['type'][] = ['OUTBOX', 'POST', 'EFFECTS_CHANGED', 'RETRY_STEP', 'RETRY_RUN'];

/**
 * The head after `event`, with the lanes to start, bells to ring, work to abort and requests to void that its commit makes
 * necessary; or the reason for which the event does not count (an old fence, an ended run, nothing to do). Neither argument is changed.
 */
export function advance(
  plan: Plan,
  head: Head,
  event: RunEvent,
  now: Instant,
  rhythm: Rhythm = DEFAULT_RHYTHM,
): Advanced {
  if (isEndState(head.state) && !AFTER_THE_END.includes(event.type)) return { ok: false, refusal: 'ENDED' };
  const draft = openDraft(plan, head, now, rhythm);
  const refusal = apply(draft, event);
  if (refusal !== null) return { ok: false, refusal };
  assignLanes(draft, null);
  const retentionMs = plan.retentionMs ?? rhythm.retentionMs ?? null;
  const outbox = withErasure(head, draft.control, draft.outbox, retentionMs, now);
  const { starts, rings, aborts, voids } = draft;
  return {
    ok: true,
    head: derive(head, draft.control, draft.rows, outbox, now),
    effects: { starts, rings, aborts, voids },
  };
}

function apply(draft: Draft, event: RunEvent): Refusal | null {
  switch (event.type) {
    case 'BEGUN':
      return begin(draft, event);
    case 'QUEUED':
      return queue(draft, event);
    case 'SLOT_FREE':
      return slotFree(draft);
    case 'QUEUE_EXPIRED':
      return expireQueue(draft, event);
    case 'STEP_SUCCEEDED':
      return inTurn(draft, event, succeed);
    case 'STEP_SKIPPED':
      return inTurn(draft, event, skip);
    case 'STEP_FAILED':
      return inTurn(draft, event, fail);
    case 'STEP_SUSPENDED':
      return inTurn(draft, event, suspend);
    case 'STEP_SLEEPS':
      return sleep(draft, event);
    case 'EFFECTS_CHANGED':
      if (!isSettling(draft, event)) return inTurn(draft, event, changeEffects);
      changeEffects(draft, event);
      return null;
    case 'DECIDED':
      return decide(draft, event);
    case 'WOKEN_EARLY':
      return wakeEarly(draft, event);
    case 'DEADLINE_PASSED':
      return passDeadline(draft, event);
    case 'ENDED':
      return finish(draft, event);
    case 'TAKEN_OVER':
      return takeOver(draft, event);
    case 'LEFT_ALONE':
      return leaveAlone(draft, event);
    case 'TIMED_OUT':
      return timeOut(draft);
    case 'CANCEL':
      return cancel(draft);
    case 'TERMINATE':
      return terminate(draft);
    case 'PAUSE':
      return pause(draft, event);
    case 'RESUME':
      return resume(draft);
    case 'RETRY_STEP':
      return retryStep(draft, event);
    case 'RETRY_RUN':
      return retryRun(draft);
    case 'OUTBOX':
      deliver(draft, event);
      return null;
    case 'POST':
      post(draft, event.entries);
      return null;
  }
}

function inTurn<Event extends { readonly step: number; readonly fence: number }>(
  draft: Draft,
  event: Event,
  change: (draft: Draft, event: Event) => void,
): Refusal | null {
  const refusal = refuseTurn(draft, event.step, event.fence);
  if (refusal === null) change(draft, event);
  return refusal;
}

/** The effects of a step that has ended are still settled: by look-up, after a cancel or a terminate. */
function isSettling(draft: Draft, event: Extract<RunEvent, { type: 'EFFECTS_CHANGED' }>): boolean {
  if (event.step < 1 || event.step >= draft.topology.end) return false;
  const row = rowOf(draft, event.step);
  return row.fence === event.fence && isEndState(row.state) && row.openEffects > 0;
}

function deliver(draft: Draft, event: Extract<RunEvent, { type: 'OUTBOX' }>): void {
  if (erases(draft.outbox, event.delivered)) {
    draft.control.erasedAt = draft.now;
    // What is left to settle can no longer be sealed.
    for (const { step, due } of draft.rows) if (due !== null) editRow(draft, step, { due: null });
  }
  draft.outbox = draft.outbox
    .filter((entry) => !event.delivered.includes(entry.id))
    .map((entry) => {
      const again = event.retry.find((each) => each.id === entry.id);
      return again === undefined ? entry : { ...entry, attempts: entry.attempts + 1, notBefore: again.notBefore };
    });
}
