/**
 * Who may run at once under one concurrency key: holders and a queue, in one document per (tenant, key). Pure. Invariants:
 * 1. never more holders than the limit, except by a limit that was lowered since;
 * 2. a later turn of the same run gets a new grant, and a release of an older one changes nothing; two executions of one turn
 *    share theirs, so the one whose commit loses gives nothing back; an earlier turn gets none;
 * 3. a run that waits keeps its place as long as it asks from time to time; one that has vanished loses it.
 */
import { between } from '../instant.ts';
import type { RunId } from '../ids.ts';
import type { Instant } from '../json.ts';

export interface SlotHolder {
  readonly run: RunId;
  readonly grant: number;
  /** Of the turn that acquired it. */
  readonly fence: number;
}
export interface SlotWaiter {
  readonly run: RunId;
  /** 1 is first, 5 last; 0 is a run that goes on after it gave its place back. */
  readonly priority: number;
  readonly since: Instant;
  readonly seenAt: Instant;
}
export interface SlotDocument {
  readonly limit: number;
  /** Grants given so far. */
  readonly grants: number;
  readonly holders: readonly SlotHolder[];
  readonly queue: readonly SlotWaiter[];
}

export const NO_SLOTS: SlotDocument = { limit: 1, grants: 0, holders: [], queue: [] };

/** A waiter that has not asked for so long is gone: waiting runs ask at least every ten minutes. */
const VANISHED_MS = 30 * 60_000;

export interface Acquiring {
  readonly run: RunId;
  readonly fence: number;
  readonly limit: number;
  readonly priority: number;
  readonly now: Instant;
}
export interface Acquired {
  readonly document: SlotDocument;
  /** Null: the run waits in the queue, since `since`; or a later turn of it holds the place. */
  readonly grant: number | null;
  readonly since: Instant;
}

export function acquire(document: SlotDocument, { run, fence, limit, priority, now }: Acquiring): Acquired {
  const own = document.holders.find((each) => each.run === run);
  if (own !== undefined && own.fence >= fence)
    return { document, grant: own.fence === fence ? own.grant : null, since: now };
  const holders = document.holders.filter((each) => each.run !== run);
  const others = document.queue.filter((each) => each.run !== run && between(each.seenAt, now) < VANISHED_MS);
  const since = document.queue.find((each) => each.run === run)?.since ?? now;
  const queue = [...others, { run, priority, since, seenAt: now }].sort(inOrder);
  const place = queue.findIndex((each) => each.run === run);
  if (own === undefined && place >= limit - holders.length) {
    return { document: { ...document, limit, holders, queue }, grant: null, since };
  }
  const grant = document.grants + 1;
  return {
    document: { limit, grants: grant, holders: [...holders, { run, grant, fence }], queue: others },
    grant,
    since,
  };
}

/** Gives back this grant and older ones of the run; `null` gives back whatever it holds and its place in the queue. */
export function release(document: SlotDocument, run: RunId, grant: number | null): SlotDocument {
  const holders = document.holders.filter((each) => each.run !== run || (grant !== null && each.grant > grant));
  return {
    ...document,
    holders,
    queue: grant === null ? document.queue.filter((each) => each.run !== run) : document.queue,
  };
}

/** Who may come in now. */
export function nextInLine({ limit, holders, queue }: SlotDocument): readonly RunId[] {
  return queue.slice(0, Math.max(0, limit - holders.length)).map((each) => each.run);
}

const inOrder = (a: SlotWaiter, b: SlotWaiter): number =>
  a.priority - b.priority || (a.since < b.since ? -1 : a.since > b.since ? 1 : a.run < b.run ? -1 : 1);
