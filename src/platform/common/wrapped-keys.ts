/**
 * The two things that a platform gives to the key ring: a store of wrapped keys (no versions, no backups, tombstones for ever)
 * and the wrapper at the root (a key file, or Key Vault). The ring itself is the same everywhere.
 */
import type { TenantId } from '../../domain/ids.ts';

/** Name of a key within its tenant: `wrap` (tenant key), `mac`, or `<owner kind>/<owner id>`. */
export type KeyName = string;

export interface WrappedKey {
  readonly version: number;
  /** Version of the wrapping key: of the tenant key for data keys, of the root for the tenant key. */
  readonly wrappedBy: number;
  /** Null in a tombstone: the key is destroyed and can never be made again. */
  readonly wrapped: Uint8Array | null;
}
export interface StoredKey extends WrappedKey {
  readonly etag: string;
}

export interface NamesPage {
  readonly names: readonly KeyName[];
  readonly next: string | null;
}

export interface WrappedKeyStore {
  read(tenant: TenantId, name: KeyName): Promise<StoredKey | null>;
  /** Create-only: `exists` for a key and for a tombstone. */
  create(tenant: TenantId, name: KeyName, key: WrappedKey): Promise<'created' | 'exists'>;
  /** Only if its etag still is `etag`; a tombstone has none that matches. Never an upsert. */
  replace(tenant: TenantId, name: KeyName, etag: string, key: WrappedKey): Promise<'replaced' | 'conflict'>;
  /** Leaves tombstones. Once resolved, no byte of the wrapped keys is left in the store. Unknown names get a tombstone too. */
  destroy(tenant: TenantId, names: readonly KeyName[]): Promise<void>;
  /**
   * A page of names of keys that are not tombstones, each key once over all pages, also while keys are destroyed in between.
   * Begins at `''`; goes on at `next`, opaque, until that is null. A page may be empty.
   */
  names(tenant: TenantId, at: string, limit: number): Promise<NamesPage>;
}

export interface RootWrapper {
  wrap(context: string, key: Uint8Array): Promise<{ readonly wrapped: Uint8Array; readonly version: number }>;
  unwrap(context: string, wrapped: Uint8Array, version: number): Promise<Uint8Array>;
}
