/**
 * Who holds an effect key. A claim names the turn that made it, by its fence: so that others can tell from the holder's own
 * record that this turn can no longer send anything. Pure. Invariants:
 * 1. a turn sends under an effect key only while the claim names its step, and names its own fence unless something of
 *    the step was sent before;
 * 2. a claim passes to another step only once its turn is over and everything of its step was refused, or nothing was
 *    ever sent: a later turn of the old holder then finds the claim gone.
 */
import { runId, type RunId } from '../ids.ts';
import type { EffectDocument } from '../run/documents.ts';
import { isEndState, type Row } from '../run/head.ts';

export interface Holder {
  readonly run: RunId;
  readonly step: number;
  readonly record: number;
  readonly fence: number;
}

/** How long an effect key is kept from its claim on: P400D. */
export const EFFECT_KEY_KEPT_MS = 400 * 86_400_000;

export const holderText = ({ run, step, record, fence }: Holder): string => `${run}~${step}~${record}~${fence}`;

/** Null for a text that is no holder: whoever wrote it, it stands. */
export function readHolder(text: string): Holder | null {
  const [, run, step, record, fence] = /^([^~]+)~(\d+)~(\d+)~(\d+)$/.exec(text) ?? [];
  if (run === undefined) return null;
  return { run: runId(run), step: Number(step), record: Number(record), fence: Number(fence) };
}

export const isSameStep = (one: Holder, other: Holder): boolean =>
  one.run === other.run && one.step === other.step && one.record === other.record;

/** Something of a step was sent or may have been, and is not known to have been refused. */
export const anySent = (slots: readonly Pick<EffectDocument, 'state'>[]): boolean =>
  slots.some((slot) => slot.state !== 'refused');

/** Whether the holder's step has given its claim up; `slots` are read after its row. What cannot be told is not. */
export function isGivenUp(
  holder: Holder,
  row: Pick<Row, 'fence' | 'state' | 'openEffects'> | undefined,
  slots: readonly Pick<EffectDocument, 'state'>[],
): boolean {
  if (row === undefined || row.state === 'SUCCEEDED' || row.openEffects > 0) return false;
  const over = row.fence > holder.fence || (row.fence === holder.fence && isEndState(row.state));
  return over && !anySent(slots);
}
