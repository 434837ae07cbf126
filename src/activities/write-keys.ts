/** Keys and digests of effects: keyed with the tenant's key, so that they say nothing about content to anyone else. */
import { createHmac, type KeyObject } from 'node:crypto';
import { canonicalJson, type Json } from '../domain/json.ts';

export interface SlotName {
  readonly run: string;
  readonly step: number;
  readonly record: number;
  readonly batch: number;
}

/** Idempotency key of a slot: without the content, so that changed content can never slip past under a new key. */
export function effectKey(key: KeyObject, slot: SlotName, epoch: number): string {
  const name = canonicalJson([slot.run, slot.step, slot.record, slot.batch, epoch]);
  return createHmac('sha256', key).update(`key:${name}`).digest('hex');
}

/** Digest of what a slot sends: the same content in the same slot gives the same digest in every attempt. */
export function effectDigest(key: KeyObject, slot: SlotName, request: Json): string {
  const name = canonicalJson([slot.run, slot.step, slot.record, slot.batch]);
  return createHmac('sha256', key).update(`request:${name}:`).update(canonicalJson(request)).digest('hex');
}

/** Under which an effect key is claimed: unique in tenant (by its key) and connector, and nothing to be guessed from it. */
export function claimKey(key: KeyObject, connector: string, name: Json): string {
  return createHmac('sha256', key)
    .update(`effect-key:${canonicalJson([connector, name])}`)
    .digest('hex');
}
