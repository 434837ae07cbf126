/**
 * The key ring: root → tenant key → data key. Made once for both platforms over a `WrappedKeyStore` and a `RootWrapper`.
 *
 * 1. Tenant keys are held ≤ 5 minutes and for ≤ 32 tenants; data keys ≤ 5 minutes, and not after `forget`. No use prolongs it.
 * 2. A destroyed key leaves a tombstone; nothing here can write over one (create-only, and replace under an etag).
 * 3. Key bytes exist in clear only inside `KeyObject`s; buffers are overwritten.
 */
import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { PlatformFault, StepFault } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { KeyOwner } from '../../domain/sealing/sealed.ts';
import type { DataKey, KeyMaintenance, KeyRing, MacUse } from '../../ports/key-ring.ts';
import { Memory } from './memory.ts';
import { TenantKeys } from './tenant-keys.ts';
import type { KeyName, RootWrapper, StoredKey, WrappedKeyStore } from './wrapped-keys.ts';

export const CACHE_MS = 5 * 60_000;
const DATA_KEYS = 20_000;
export const KEY_BYTES = 32;

export interface KeyRingOptions {
  readonly store: WrappedKeyStore;
  readonly root: RootWrapper;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: () => number;
}

const nameOf = (owner: KeyOwner): KeyName => `${owner.kind}/${owner.id}`;
const gone = (name: KeyName): StepFault => new StepFault('KEY_DESTROYED', `the key ${name} is destroyed`);

export function createKeyRing(options: KeyRingOptions): KeyRing & KeyMaintenance {
  const { store, nowMs } = options;
  const tenants = new TenantKeys(options);
  const keys = new Memory<DataKey>(DATA_KEYS, CACHE_MS, nowMs);
  const loading = new Map<string, Promise<DataKey>>();
  /** Goes up with every destruction: a load that began before one must not fill the memory after it. */
  let destructions = 0;

  const memoryKey = (tenant: TenantId, name: KeyName): string => `${tenant}\n${name}`;

  async function unwrap(tenant: TenantId, name: KeyName, stored: StoredKey): Promise<DataKey> {
    if (stored.wrapped === null) throw gone(name);
    const bytes = await tenants.unwrap(tenant, name, stored);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return { version: stored.version, key };
  }

  async function load(tenant: TenantId, name: KeyName, make: boolean): Promise<DataKey> {
    const found = await store.read(tenant, name);
    if (found !== null) return unwrap(tenant, name, found);
    if (!make) throw new PlatformFault('KEY_UNAVAILABLE', `there is no key ${name}`);
    const bytes = randomBytes(KEY_BYTES);
    const wrapped = await tenants.wrap(tenant, name, 1, bytes);
    const outcome = await store.create(tenant, name, wrapped);
    if (outcome === 'exists') {
      bytes.fill(0);
      return load(tenant, name, false);
    }
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return { version: 1, key };
  }

  function obtain(tenant: TenantId, name: KeyName, make: boolean): Promise<DataKey> {
    const at = memoryKey(tenant, name);
    const running = loading.get(`${at}\n${make}`);
    if (running !== undefined) return running;
    const began = destructions;
    const task = (async () => {
      try {
        const key = await load(tenant, name, make);
        if (began === destructions) keys.set(at, key);
        return key;
      } catch (error) {
        if (error instanceof StepFault || error instanceof PlatformFault) throw error;
        throw new PlatformFault('KEY_UNAVAILABLE', `the key store did not answer (${codeOf(error)})`);
      } finally {
        loading.delete(`${at}\n${make}`);
      }
    })();
    loading.set(`${at}\n${make}`, task);
    return task;
  }

  return {
    async create(owner) {
      return keys.get(memoryKey(owner.tenant, nameOf(owner))) ?? (await obtain(owner.tenant, nameOf(owner), true));
    },

    async get(owner) {
      const known = keys.get(memoryKey(owner.tenant, nameOf(owner)));
      if (known !== undefined) return known;
      return obtain(owner.tenant, nameOf(owner), false);
    },

    async destroy(owner) {
      destructions += 1;
      if (owner.kind === 'tenant') {
        await tenants.destroyAll(owner.tenant);
        keys.clear();
      } else await store.destroy(owner.tenant, [nameOf(owner)]);
      destructions += 1;
      keys.delete(memoryKey(owner.tenant, nameOf(owner)));
    },

    forget(owner) {
      keys.delete(memoryKey(owner.tenant, nameOf(owner)));
    },

    async mac(tenant: TenantId, use: MacUse): Promise<KeyObject> {
      const at = memoryKey(tenant, `mac:${use}`);
      const known = keys.get(at);
      if (known !== undefined) return known.key;
      const began = destructions;
      const root = await obtain(tenant, 'mac', true);
      const derived = hkdfSync('sha256', root.key, new Uint8Array(0), `countersign/mac/${tenant}/${use}`, KEY_BYTES);
      const key = createSecretKey(Buffer.from(derived));
      if (began === destructions) keys.set(at, { version: root.version, key });
      return key;
    },

    rotate: (tenant) => tenants.rotate(tenant),

    async rewrap(tenant, after, limit) {
      const { names, next } = await store.names(tenant, after, limit);
      let rewrapped = 0;
      for (const name of names) {
        if (await rewrapOne(tenant, name)) rewrapped += 1;
      }
      return { rewrapped, next };
    },
  };

  /** False when there was nothing to do: wrapped by the newest already, destroyed meanwhile, or changed by another. */
  async function rewrapOne(tenant: TenantId, name: KeyName): Promise<boolean> {
    if (TenantKeys.isOwn(name)) return false;
    const stored = await store.read(tenant, name);
    if (stored === null || stored.wrapped === null) return false;
    if (stored.wrappedBy === (await tenants.currentVersion(tenant))) return false;
    const bytes = await tenants.unwrap(tenant, name, stored);
    const again = await tenants.wrap(tenant, name, stored.version, bytes);
    bytes.fill(0);
    return (await store.replace(tenant, name, stored.etag, again)) === 'replaced';
  }
}

/** Only the code of a foreign error: its text may hold anything. */
function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code.slice(0, 60) : 'no code';
}
