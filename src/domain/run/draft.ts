/**
 * The working copy in which one event changes a head. Rows are replaced, never changed, so that the rows an event did not
 * touch stay identical and the audit record can tell by reference. Lives for one call of `advance` only.
 */
import { later } from '../instant.ts';
import { bellName, laneId, type LaneId } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { Plan } from '../workflow/plan.ts';
import type { Follow } from './events.ts';
import type { Head, Out, OutboxEntry, Row, Turn } from './head.ts';
import { topologyOf, turnFor, type Topology } from './topology.ts';

/** Times that the engine chooses by itself. */
export interface Rhythm {
  /** A running step that committed nothing for so long is looked at by the sweep. */
  readonly silenceMs: number;
  /** How long an ended run's data is kept unless its workflow says; null or absent: for good. */
  readonly retentionMs?: number | null;
}

export const DEFAULT_RHYTHM: Rhythm = { silenceMs: 10_000 };

/** Head fields that a draft may set; everything else of a head is fixed at its start or derived at the end. */
export type Control = {
  -readonly [
    Field in
      | 'attempt'
      | 'state'
      | 'pausedBy'
      | 'pendingReason'
      | 'phase'
      | 'endingAs'
      | 'cause'
      | 'partial'
      | 'startedAt'
      | 'endedAt'
      | 'erasedAt'
      | 'activeMs'
      | 'activeSince'
      | 'slot'
  ]: Head[Field];
};

export interface Draft {
  readonly plan: Plan;
  readonly topology: Topology;
  readonly before: Head;
  readonly now: Instant;
  readonly rhythm: Rhythm;
  readonly control: Control;
  readonly rows: Row[];
  outbox: readonly OutboxEntry[];
  /** Steps claimed by this event that nobody carries yet. */
  readonly claims: number[];
  readonly starts: Follow['starts'][number][];
  readonly rings: Follow['rings'][number][];
  readonly aborts: number[];
  readonly voids: number[];
}

export function openDraft(plan: Plan, head: Head, now: Instant, rhythm: Rhythm): Draft {
  return {
    plan,
    topology: topologyOf(plan),
    before: head,
    now,
    rhythm,
    control: {
      attempt: head.attempt,
      state: head.state,
      pausedBy: head.pausedBy,
      pendingReason: head.pendingReason,
      phase: head.phase,
      endingAs: head.endingAs,
      cause: head.cause,
      partial: head.partial,
      startedAt: head.startedAt,
      endedAt: head.endedAt,
      erasedAt: head.erasedAt,
      activeMs: head.activeMs,
      activeSince: head.activeSince,
      slot: head.slot,
    },
    rows: head.rows.slice(),
    outbox: head.outbox,
    claims: [],
    starts: [],
    rings: [],
    aborts: [],
    voids: [],
  };
}

export function rowOf(draft: Draft, step: number): Row {
  const row = draft.rows[step];
  if (row === undefined) throw new RangeError(`the head has no row ${step}`);
  return row;
}

export function editRow(draft: Draft, step: number, change: Partial<Row>): Row {
  const row = { ...rowOf(draft, step), ...change };
  draft.rows[step] = row;
  return row;
}

export const turnOf = (draft: Draft, step: number, fence: number): Turn =>
  turnFor(draft.plan, draft.before, step, fence);

/** Answer without a next turn: the lane ends. */
export const lastOut = (fence: number): Out => ({ doorbell: null, fence, next: null, sleepUntil: null });

/** Marks a step RUNNING under a new fence; who carries it is settled when the event is through. */
export function claim(draft: Draft, step: number): void {
  const row = rowOf(draft, step);
  editRow(draft, step, {
    state: 'RUNNING',
    reason: null,
    fence: row.fence + 1,
    attempt: row.attempt === 0 ? 1 : row.attempt,
    takeovers: 0,
    since: draft.now,
    due: later(draft.now, draft.rhythm.silenceMs),
    wakeAt: null,
    decided: false,
    startedAt: row.startedAt ?? draft.now,
    endedAt: null,
  });
  draft.claims.push(step);
}

/** Hands a step to a new lane under its present fence. */
export function startLane(draft: Draft, step: number): void {
  const { fence } = rowOf(draft, step);
  const lane = laneId(draft.before.run, step, fence);
  editRow(draft, step, { lane });
  draft.starts.push({ lane, turn: turnOf(draft, step, fence) });
}

/** The first claimed step goes on in `lane`, if there is one; every other gets a lane of its own. */
export function assignLanes(draft: Draft, lane: LaneId | null): Turn | null {
  let next: Turn | null = null;
  const claims = draft.claims.splice(0).sort((a, b) => a - b);
  for (const step of claims) {
    if (lane !== null && next === null) {
      editRow(draft, step, { lane });
      next = turnOf(draft, step, rowOf(draft, step).fence);
    } else startLane(draft, step);
  }
  return next;
}

/**
 * Nothing may be claimed: the run is paused, or it has given its slot back and not got another one. Handlers and `finally`
 * of a run that is ending need no slot.
 */
export const isHeld = ({ control }: Draft): boolean =>
  control.pausedBy !== null || (control.slot?.grant === 0 && control.phase === 'MAIN' && control.endingAs === null);

export const isAsleep = (row: Row, now: Instant): boolean =>
  row.state === 'RUNNING' && row.wakeAt !== null && row.wakeAt > now;

/** The bell under which the row's lane waits, if it waits for one. */
export function ringRow(draft: Draft, row: Row): void {
  if (row.state !== 'SUSPENDED' || row.lane === null || row.out?.doorbell !== bellName(row.step, row.fence)) return;
  draft.rings.push({ lane: row.lane, bell: row.out.doorbell });
}

/** How long an ended step with intended or unknown effects is left before they are asked for again. */
const SETTLE_MS = 60_000;
export const settleDue = (openEffects: number, now: Instant): Instant | null =>
  openEffects > 0 ? later(now, SETTLE_MS) : null;

/** Ends a row that has not begun. What an earlier attempt of it may have written is asked for all the same. */
export function closeRow(draft: Draft, step: number, change: Pick<Row, 'state' | 'reason'>): void {
  const due = settleDue(rowOf(draft, step).openEffects, draft.now);
  editRow(draft, step, { ...change, due, endedAt: draft.now });
}

/** Ends an open row from outside its turn: its fence rises, its lane is woken to find that out. */
export function cancelRow(draft: Draft, row: Row): void {
  ringRow(draft, row);
  if (row.state === 'SUSPENDED' && row.reason === 'APPROVAL') draft.voids.push(row.step);
  editRow(draft, row.step, {
    state: 'CANCELLED',
    reason: null,
    fence: row.fence + 1,
    decided: false,
    due: settleDue(row.openEffects, draft.now),
    wakeAt: null,
    endedAt: draft.now,
  });
}
