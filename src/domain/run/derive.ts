/**
 * What a head says about itself that follows from its rows: the run's state, its active time, and `nextDue`, the one
 * moment at which the sweep has to look. Computed anew in every commit, never kept up by hand.
 */
import { between, later } from '../instant.ts';
import type { Instant } from '../json.ts';
import { type Control } from './draft.ts';
import { isEndState, type Head, type OutboxEntry, type Row, type RunState } from './head.ts';

export function derive(
  before: Head,
  control: Control,
  rows: readonly Row[],
  outbox: readonly OutboxEntry[],
  now: Instant,
): Head {
  let running = false;
  let waiting = false;
  let taking = false;
  for (const row of rows) {
    if (row.state === 'RUNNING' && row.step > 0) running = true;
    else if (row.state === 'SUSPENDED') {
      waiting = true;
      taking ||= row.decided;
    }
  }
  const ended = isEndState(control.state);
  if (!ended) control.state = openState(control, rows[0], running, waiting);
  if (running && !ended) control.activeSince ??= now;
  else if (control.activeSince !== null) {
    control.activeMs += between(control.activeSince, now);
    control.activeSince = null;
  }
  const busy = running || (taking && control.pausedBy === null);
  const given = busy || ended ? null : giveBack(control, now);
  const head = { ...before, ...control, outbox: given === null ? outbox : [...outbox, given], rows };
  return { ...head, nextDue: nextDue(head) };
}

/** Suspended and paused runs hold no slot; a decision makes them ask for one again. */
function giveBack(control: Control, now: Instant): OutboxEntry | null {
  const { slot, state } = control;
  if (slot === null || slot.grant === 0 || (state !== 'SUSPENDED' && state !== 'PAUSED')) return null;
  control.slot = { ...slot, grant: 0 };
  const id = `slot~${slot.grant}`;
  return { id, kind: 'release-slot', step: null, document: null, attempts: 0, notBefore: now };
}

function openState(control: Control, begin: Row | undefined, running: boolean, waiting: boolean): RunState {
  if (begin !== undefined && !isEndState(begin.state)) return 'PENDING';
  if (control.pausedBy !== null) return 'PAUSED';
  return running || !waiting ? 'RUNNING' : 'SUSPENDED';
}

/** Earliest of: rows to look at, deliveries, the end of the run's time. What a pause holds back is not due. */
export function nextDue(head: Omit<Head, 'nextDue'>): Instant | null {
  let due: Instant | null = null;
  const paused = head.pausedBy !== null;
  for (const row of head.rows) {
    if (row.due === null || (due !== null && row.due >= due)) continue;
    if (paused && row.state === 'SUSPENDED' && row.reason === 'TIMER') continue;
    due = row.due;
  }
  for (const entry of head.outbox) if (due === null || entry.notBefore < due) due = entry.notBefore;
  const limit = timeoutAt(head);
  return limit !== null && (due === null || limit < due) ? limit : due;
}

/** When the run's active time is used up, if it goes on running; handlers and `finally` have only the limits of their steps. */
export function timeoutAt(
  head: Pick<Head, 'activeMs' | 'activeSince' | 'timeoutMs' | 'phase' | 'endingAs'>,
): Instant | null {
  if (head.activeSince === null || head.phase !== 'MAIN' || head.endingAs !== null) return null;
  return later(head.activeSince, Math.max(0, head.timeoutMs - head.activeMs));
}
