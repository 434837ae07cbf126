/**
 * Keys with owners. A data key belongs to one run (or request, document, tenant), is wrapped by its tenant's key, and
 * the wrapped form lies apart from the data, in a store without versions or backups. The only caller of the vault.
 */
import type { KeyObject } from 'node:crypto';
import type { TenantId } from '../domain/ids.ts';
import type { KeyOwner } from '../domain/sealing/sealed.ts';

/** Why a key is unwrapped; `reveal` and `approval-page` are audited by the caller. */
export type KeyPurpose = 'step' | 'reveal' | 'approval-page' | 'erase' | 'rewrap';
export type MacUse = 'index' | 'effect' | 'idempotency' | 'link' | 'nonce' | 'cursor';

export interface DataKey {
  readonly version: number;
  readonly key: KeyObject;
}

export interface KeyRing {
  /** Makes and stores the owner's key; an existing one is returned. Throws `KEY_DESTROYED` for a tombstone. */
  create(owner: KeyOwner): Promise<DataKey>;
  /** Throws `KEY_DESTROYED`, or `KEY_UNAVAILABLE` when the vault or the key store does not answer. */
  get(owner: KeyOwner, purpose: KeyPurpose): Promise<DataKey>;
  /** Removes the wrapped key and leaves a tombstone; effective everywhere within five minutes. */
  destroy(owner: KeyOwner): Promise<void>;
  /** Drops the cached copy, when a run ends. */
  forget(owner: KeyOwner): void;
  /** A tenant's key for keyed digests of one use. */
  mac(tenant: TenantId, use: MacUse): Promise<KeyObject>;
}

/** Rotation of tenant keys: data keys are wrapped again, never changed. For the operator's commands only. */
export interface KeyMaintenance {
  /** Makes a new tenant key and returns its version; data keys keep their wrapper until `rewrap`. */
  rotate(tenant: TenantId): Promise<number>;
  /** Wraps the next page of data keys with the newest tenant key; `next` null when none is left. Never revives a destroyed key. */
  rewrap(
    tenant: TenantId,
    after: string,
    limit: number,
  ): Promise<{ readonly rewrapped: number; readonly next: string | null }>;
}
