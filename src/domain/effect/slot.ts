/**
 * The effect ledger's rules: what may be done about one effect slot, from what is recorded, what the target can do and
 * what time it is. Pure; `src/activities/write-batch.ts` does what is said here and nothing else. Invariants:
 * 1. nothing is sent without `intended` committed under the same key and content by this very execution;
 * 2. other content under a key that was intended, is unknown or is confirmed is never sent;
 * 3. at a target that can neither honour a key nor be asked, a key that may have been sent is never sent again unless a
 *    person says so;
 * 4. an absent answer of a target counts only the second time, after everyone's `until` and the target's settle time;
 * 5. a refusal is definite only for a key that surely was not sent before: of a key sent again it says nothing about the
 *    first time.
 */
import { later } from '../instant.ts';
import type { Instant } from '../json.ts';
import type { EffectDocument } from '../run/documents.ts';

/** In `executor` of an unknown effect: a person says that the same key is to be sent again. */
export const RESEND = 'resend';
/** In `executor` of an unknown effect: the target does not know the key, for the second time. */
export const ABSENT = 'absent';
/** In `executor` of a refused effect: a person found that it did not happen; the step has not yet taken note. */
export const NOT_HAPPENED = 'not-happened';
/** Least time between two look-ups of which the second counts. */
const LEAST_SETTLE_MS = 1_000;
/**
 * What is added to every time that another process has written: room for a request that is already under way, and for
 * clocks that differ by less.
 */
export const GRACE_MS = 30_000;

/** How the target behaves, and what the author wants after a lost answer. */
export interface Target {
  readonly honoursKey: boolean;
  readonly askable: boolean;
  readonly settleMs: number;
  readonly onUnknown: 'reconcile' | 'ask';
}

export type Slot = Pick<EffectDocument, 'state' | 'epoch' | 'requestDigest' | 'executor' | 'until' | 'absentAt'>;

export type Move =
  /** Commit `intended` under this epoch, then send. */
  | { readonly do: 'send'; readonly epoch: number }
  /** Confirmed: the recorded receipt is the answer. */
  | { readonly do: 'done' }
  /** Other content under this key: `EFFECT_CHANGED`. */
  | { readonly do: 'changed' }
  | { readonly do: 'sleep'; readonly until: Instant }
  /** Ask the target by key. `counts`: an absent answer now proves that nothing was written. */
  | { readonly do: 'look-up'; readonly counts: boolean }
  | { readonly do: 'ask-person' }
  /** A person found that it did not happen: the step fails; a retry of it starts a new epoch. */
  | { readonly do: 'did-not-happen' };

/** From when on an absent answer counts that follows one of `absentAt`. */
export const settledAt = (absentAt: Instant, settleMs: number): Instant =>
  later(absentAt, Math.max(settleMs, LEAST_SETTLE_MS) + GRACE_MS);

/** What to do about a slot as it is recorded, for a request with this digest. */
export function nextMove(slot: Slot | null, digest: string, target: Target, now: Instant): Move {
  if (slot === null) return { do: 'send', epoch: 1 };
  if (slot.state === 'refused') {
    return slot.executor === NOT_HAPPENED ? { do: 'did-not-happen' } : { do: 'send', epoch: slot.epoch + 1 };
  }
  if (slot.requestDigest !== digest) return { do: 'changed' };
  if (slot.state === 'confirmed') return { do: 'done' };
  if (slot.state === 'unknown' && (slot.executor === RESEND || slot.executor === ABSENT))
    return { do: 'send', epoch: slot.epoch };
  return unsettled(slot, target, now);
}

/** Intended by an execution that is not this one, or unknown: it may have been sent. */
function unsettled(slot: Slot, target: Target, now: Instant): Move {
  const reconcile = target.onUnknown === 'reconcile';
  if (reconcile && target.honoursKey) return { do: 'send', epoch: slot.epoch };
  if (slot.until !== null && now < slot.until) return { do: 'sleep', until: slot.until };
  if (!reconcile || !target.askable) return { do: 'ask-person' };
  if (slot.absentAt === null) return { do: 'look-up', counts: false };
  const grown = settledAt(slot.absentAt, target.settleMs);
  return now < grown ? { do: 'sleep', until: grown } : { do: 'look-up', counts: true };
}

/** True when a slot in this state proves that its next key has never reached the target. */
export function surelyNew(slot: Slot | null): boolean {
  return slot === null || slot.state === 'refused' || (slot.state === 'unknown' && slot.executor === ABSENT);
}

/** True when nobody has changed the slot since it was read. */
export function unchangedSince(found: Slot | null, read: Slot | null): boolean {
  if (found === null || read === null) return found === read;
  return (
    found.state === read.state &&
    found.epoch === read.epoch &&
    found.executor === read.executor &&
    found.until === read.until &&
    found.absentAt === read.absentAt
  );
}

/** Effects that may have happened and are not known to have: what a row's `openEffects` counts. */
export const isOpen = (slot: Pick<EffectDocument, 'state'>): boolean =>
  slot.state === 'intended' || slot.state === 'unknown';
