/** The effect slots of a write: which records go under which key, and what is recorded about them. */
import { effectId } from '../domain/effect/transitions.ts';
import type { Json } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { Bound } from './govern-bind.ts';
import { effectDigest, type SlotName } from './write-keys.ts';
import type { Step } from './step.ts';

/** Records of one request to the target: one slot. `offset` is the ordinal of its first record. */
export interface Batch {
  readonly name: SlotName;
  readonly id: string;
  readonly offset: number;
  readonly records: readonly Json[];
  readonly recordKeys: readonly string[] | null;
}

/** Cuts records into what the target takes at once. The cut depends on the plan and connector version alone. */
export function batchesOf(step: Step, { request, traits }: Bound): readonly Batch[] {
  const { action, ordinal } = step.step;
  const asked = action.verb === 'PUSH' ? action.batchSize : null;
  const size = Math.max(1, Math.min(asked ?? traits.batchMax, traits.batchMax));
  const batches: Batch[] = [];
  for (let offset = 0; offset < request.records.length; offset += size) {
    const batch = batches.length;
    batches.push({
      name: { run: step.scope.run, step: ordinal, record: 0, batch },
      id: effectId(ordinal, 0, batch),
      offset,
      records: request.records.slice(offset, offset + size),
      recordKeys: request.recordKeys?.slice(offset, offset + size) ?? null,
    });
  }
  return batches;
}

/** What a slot's digest and sealed request hold. */
export function requestOf({ request }: Bound, batch: Batch): Json {
  const { connector, target } = request;
  return { connector, target, records: batch.records, recordKeys: batch.recordKeys };
}

/**
 * Recorded effects of this step by id: those of the batches, and the one after them, which exists only if more was sent
 * before than would be sent now.
 */
export async function slotsOf(step: Step, batches: readonly Batch[]): Promise<ReadonlyMap<string, EffectDocument>> {
  const ids = [...batches.map((batch) => batch.id), effectId(step.step.ordinal, 0, batches.length)];
  const found = await step.deps.runs.readDocuments(step.scope, 'effect', ids);
  return new Map(found.map((effect) => [effect.id, effect]));
}

/** More was sent before than the content now holds: what is missing cannot be taken back by not sending it. */
export function sentBeyond(step: Step, batches: readonly Batch[], slots: ReadonlyMap<string, EffectDocument>): boolean {
  const beyond = slots.get(effectId(step.step.ordinal, 0, batches.length));
  return beyond !== undefined && beyond.state !== 'refused';
}

/** True when something that may have been sent under a key of this step had other content. */
export async function alreadySent(step: Step, bound: Bound): Promise<boolean> {
  const batches = batchesOf(step, bound);
  const slots = await slotsOf(step, batches);
  if (slots.size === 0) return false;
  if (sentBeyond(step, batches, slots)) return true;
  const key = await step.deps.keys.mac(step.scope.tenant, 'effect');
  return batches.some((batch) => {
    const slot = slots.get(batch.id);
    if (slot === undefined || slot.state === 'refused') return false;
    return slot.requestDigest !== effectDigest(key, batch.name, requestOf(bound, batch));
  });
}
