/** The only ways in which a recorded effect changes. Pure: sealing is done by the caller, for the place of the effect. */
import type { RunScope } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { EffectDocument } from '../run/documents.ts';
import type { Sealed, SealedPlace } from '../sealing/sealed.ts';
import { ABSENT, NOT_HAPPENED, RESEND } from './slot.ts';

export const effectId = (step: number, record: number, batch: number): string => `effect~${step}~${record}~${batch}`;

/** Where the request or the receipt of an effect is sealed; `attempt` is the document's own. */
export function effectPlace(
  scope: RunScope,
  effect: Pick<EffectDocument, 'step' | 'record' | 'batch' | 'attempt'>,
  field: 'request' | 'receipt',
): SealedPlace {
  const path = `effect/${effect.step}/${effect.record}/${effect.batch}`;
  return { tenant: scope.tenant, kind: 'run', id: scope.run, path, field, attempt: effect.attempt };
}

/** `until` is over: whoever held it has stopped, and said so. */
const released = (now: Instant): Pick<EffectDocument, 'executor' | 'until'> => ({ executor: null, until: now });

export function confirmed(effect: EffectDocument, receipt: Sealed, now: Instant): EffectDocument {
  return { ...effect, ...released(now), state: 'confirmed', receipt, settledAt: now };
}

/** Definite: nothing was written under this key, which is never used again. */
export function refused(effect: EffectDocument, reason: Sealed | null, now: Instant): EffectDocument {
  return { ...effect, ...released(now), state: 'refused', receipt: reason, settledAt: now };
}

/** This execution sent, or may have sent, and will not learn the answer. */
export function lost(effect: EffectDocument, now: Instant): EffectDocument {
  return { ...effect, ...released(now), state: 'unknown', absentAt: null };
}

/** The target was asked and does not know the key. */
export function absent(effect: EffectDocument, counts: boolean, now: Instant): EffectDocument {
  return counts
    ? { ...effect, state: 'unknown', executor: ABSENT, until: now }
    : { ...effect, ...released(now), state: 'unknown', absentAt: now };
}

export type Resolution = 'happened' | 'did-not-happen' | 'send-again';

/** What a person found out. `note` is sealed at the effect's receipt. */
export function resolved(effect: EffectDocument, how: Resolution, note: Sealed, now: Instant): EffectDocument {
  if (how === 'happened') return confirmed(effect, note, now);
  if (how === 'did-not-happen') return { ...refused(effect, note, now), executor: NOT_HAPPENED };
  return { ...effect, state: 'unknown', executor: RESEND, until: now };
}

/** The step has taken note that nothing happened: a retry begins a new epoch. */
export function noted(effect: EffectDocument): EffectDocument {
  return { ...effect, executor: null };
}
