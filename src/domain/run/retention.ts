/**
 * How long the data of an ended run is kept: its erasure is a delivery that its own end posts, due after the retention of
 * its workflow. A run that is opened again takes it back; one that is erased can never be opened again.
 */
import { later } from '../instant.ts';
import type { Instant } from '../json.ts';
import { isEndState, type Head, type OutboxEntry } from './head.ts';

const isErasure = (entry: OutboxEntry): boolean => entry.kind === 'drop-key';

/** The outbox after an event that led from `before` to `state`. Null retention keeps the data for good. */
export function withErasure(
  before: Pick<Head, 'state' | 'attempt'>,
  after: Pick<Head, 'state' | 'attempt'>,
  outbox: readonly OutboxEntry[],
  retentionMs: number | null,
  now: Instant,
): readonly OutboxEntry[] {
  if (!isEndState(after.state)) return outbox.some(isErasure) ? outbox.filter((entry) => !isErasure(entry)) : outbox;
  if (isEndState(before.state) || retentionMs === null) return outbox;
  const id = `erase~${after.attempt}`;
  const notBefore = later(now, retentionMs);
  return [...outbox, { id, kind: 'drop-key', step: null, document: null, attempts: 0, notBefore }];
}

/** Erased, or about to be: what may be destroyed at any moment is not opened again. */
export function isErasing(erasedAt: Instant | null, outbox: readonly OutboxEntry[], now: Instant): boolean {
  return erasedAt !== null || outbox.some((entry) => isErasure(entry) && entry.notBefore <= now);
}

/** Whether this event says that the data of the run is gone. */
export function erases(outbox: readonly OutboxEntry[], delivered: readonly string[]): boolean {
  return outbox.some((entry) => isErasure(entry) && delivered.includes(entry.id));
}
