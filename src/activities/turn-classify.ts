/**
 * What a turn finds in the record before it does anything: the first act of every activity. The fence alone decides; the
 * same rules hold for first, repeated, overlapping, late and stale deliveries.
 */
import { laneId } from '../domain/ids.ts';
import { waitsForBell } from '../domain/run/steps.ts';
import type { Out, Row, Turn } from '../domain/run/head.ts';
import type { StoredHead } from '../ports/run-store.ts';

export type Found =
  /** This turn has committed: its answer again. */
  | { readonly kind: 'ANSWERED'; readonly out: Out; readonly stored: StoredHead; readonly row: Row }
  /** The step has moved on without this turn. */
  | { readonly kind: 'STOP' }
  | { readonly kind: 'WORK'; readonly stored: StoredHead; readonly row: Row; readonly woken: boolean }
  /** Woken, but there is nothing to take yet. */
  | { readonly kind: 'EARLY'; readonly stored: StoredHead }
  /** The record is older than the turn: it was read from a replica that lags behind. */
  | { readonly kind: 'STALE' };

export function classify(stored: StoredHead | null, turn: Turn): Found {
  const row = stored?.head.rows[turn.step];
  if (stored === null || row === undefined) return { kind: 'STALE' };
  if (row.out?.fence === turn.fence) return { kind: 'ANSWERED', out: row.out, stored, row };
  if (row.fence > turn.fence) return { kind: 'STOP' };
  if (row.fence < turn.fence) return { kind: 'STALE' };
  if (row.state === 'RUNNING') return { kind: 'WORK', stored, row, woken: false };
  if (row.state !== 'SUSPENDED') return { kind: 'STOP' };
  if (row.decided && stored.head.pausedBy === null) return { kind: 'WORK', stored, row, woken: true };
  return waitsForBell(row.reason) ? { kind: 'EARLY', stored } : { kind: 'STOP' };
}

export const stopOut = (fence: number): Out => ({ fence, next: null, sleepUntil: null, doorbell: null });

/**
 * Lanes that the answered turn's commit claimed for others and whose start may have been lost with the answer: rows that
 * are still under the fence of that very commit.
 */
export function lanesToRestart(stored: StoredHead, row: Row): readonly Row[] {
  const { head } = stored;
  return head.rows.filter(
    (each) =>
      each.state === 'RUNNING' &&
      each.takeovers === 0 &&
      each.since === row.since &&
      each.lane === laneId(head.run, each.step, each.fence),
  );
}
