/**
 * Tenant keys: they wrap the data keys of one tenant and are themselves wrapped by the root. The newest stands under the name
 * `wrap`; a rotation first copies it to `wrap~<version>`, so that data keys wrapped by it stay readable until re-wrapped.
 */
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { PlatformFault, StepFault } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { canonicalJson } from '../../domain/json.ts';
import { decrypt, encrypt } from './aes.ts';
import { Memory } from './memory.ts';
import type { KeyName, RootWrapper, StoredKey, WrappedKey, WrappedKeyStore } from './wrapped-keys.ts';

const CURRENT = 'wrap';
const TENANTS = 32;
const CACHE_MS = 5 * 60_000;
const KEY_BYTES = 32;
const LISTED = 500;

interface TenantKey {
  readonly current: number;
  /** As promises: callers that need an older one together ask the root once. */
  readonly byVersion: Map<number, Promise<KeyObject>>;
}

export class TenantKeys {
  readonly #store: WrappedKeyStore;
  readonly #root: RootWrapper;
  readonly #memory: Memory<TenantKey>;
  /** Loads under way: callers that come together ask the root once. */
  readonly #loading = new Map<TenantId, Promise<TenantKey>>();
  /** Goes up with every rotation and destruction: a load that began before one must not fill the memory after it. */
  #changes = 0;

  constructor(options: { readonly store: WrappedKeyStore; readonly root: RootWrapper; readonly nowMs: () => number }) {
    this.#store = options.store;
    this.#root = options.root;
    this.#memory = new Memory(TENANTS, CACHE_MS, options.nowMs);
  }

  /** Whether the name is a tenant key itself, wrapped by the root and not by a tenant key. */
  static isOwn(name: KeyName): boolean {
    return name === CURRENT || name.startsWith(`${CURRENT}~`);
  }

  async wrap(tenant: TenantId, name: KeyName, version: number, bytes: Uint8Array): Promise<WrappedKey> {
    const { current, byVersion } = await this.#load(tenant);
    const key = await (byVersion.get(current) as Promise<KeyObject>);
    return { version, wrappedBy: current, wrapped: encrypt(key, associated(tenant, name, version, current), bytes) };
  }

  async unwrap(tenant: TenantId, name: KeyName, stored: StoredKey): Promise<Buffer> {
    const key = await this.#version(tenant, stored.wrappedBy);
    const bytes = decrypt(
      key,
      associated(tenant, name, stored.version, stored.wrappedBy),
      stored.wrapped as Uint8Array,
    );
    if (bytes === null) throw new PlatformFault('SEAL_BROKEN', `the wrapped key ${name} is not the one stored there`);
    return bytes;
  }

  async currentVersion(tenant: TenantId): Promise<number> {
    return (await this.#load(tenant)).current;
  }

  /** A new tenant key wraps from now on; returns its version. Data keys keep their wrapper until `rewrap`. */
  async rotate(tenant: TenantId): Promise<number> {
    await this.#load(tenant);
    const stored = await this.#read(tenant, CURRENT);
    await this.#store.create(tenant, `${CURRENT}~${stored.version}`, stored);
    const next = stored.version + 1;
    const bytes = randomBytes(KEY_BYTES);
    const { wrapped, version } = await this.#root.wrap(rootContext(tenant, next), bytes);
    bytes.fill(0);
    const outcome = await this.#store.replace(tenant, CURRENT, stored.etag, {
      version: next,
      wrappedBy: version,
      wrapped,
    });
    this.#drop(tenant);
    if (outcome === 'conflict') throw new PlatformFault('CONFLICT', 'the tenant key was rotated by another');
    return next;
  }

  /** Tombstones for every key of the tenant: nothing that was sealed for it can be read again, nor can it get new keys. */
  async destroyAll(tenant: TenantId): Promise<void> {
    // The tenant key first: from then on all others are useless, even if this stops half way.
    await this.#store.destroy(tenant, [CURRENT]);
    this.#drop(tenant);
    await this.#store.destroy(tenant, ['mac', `tenant/${tenant}`]);
    for (let at: string | null = ''; at !== null;) {
      const page = await this.#store.names(tenant, at, LISTED);
      await this.#store.destroy(tenant, page.names);
      at = page.next;
    }
  }

  async #version(tenant: TenantId, version: number): Promise<KeyObject> {
    const { byVersion } = await this.#load(tenant);
    const known = byVersion.get(version);
    if (known !== undefined) return known;
    const asked = this.#other(tenant, version);
    byVersion.set(version, asked);
    asked.catch(() => byVersion.delete(version));
    return asked;
  }

  async #other(tenant: TenantId, version: number): Promise<KeyObject> {
    let stored = await this.#read(tenant, `${CURRENT}~${version}`, true);
    if (stored === null) {
      // Another process has rotated: the version asked for is newer than what is remembered here.
      this.#drop(tenant);
      stored = await this.#read(tenant, CURRENT);
    }
    if (stored.version !== version)
      throw new PlatformFault('KEY_UNAVAILABLE', `version ${version} of the tenant key is missing`);
    return this.#open(tenant, stored);
  }

  #drop(tenant: TenantId): void {
    this.#changes += 1;
    this.#memory.delete(tenant);
    this.#loading.delete(tenant);
  }

  #load(tenant: TenantId): Promise<TenantKey> {
    const known = this.#memory.get(tenant);
    if (known !== undefined) return Promise.resolve(known);
    const running = this.#loading.get(tenant);
    if (running !== undefined) return running;
    const task = this.#obtain(tenant).finally(() => {
      if (this.#loading.get(tenant) === task) this.#loading.delete(tenant);
    });
    this.#loading.set(tenant, task);
    return task;
  }

  async #obtain(tenant: TenantId): Promise<TenantKey> {
    const began = this.#changes;
    const stored = await this.#store.read(tenant, CURRENT);
    const [version, key] =
      stored === null ? await this.#make(tenant) : [stored.version, await this.#open(tenant, stored)];
    const loaded = { current: version, byVersion: new Map([[version, Promise.resolve(key)]]) };
    if (began === this.#changes) this.#memory.set(tenant, loaded);
    return loaded;
  }

  /** The tenant's first key; when another instance was faster, its key. */
  async #make(tenant: TenantId): Promise<readonly [version: number, key: KeyObject]> {
    const bytes = randomBytes(KEY_BYTES);
    const { wrapped, version: wrappedBy } = await this.#root.wrap(rootContext(tenant, 1), bytes);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    if ((await this.#store.create(tenant, CURRENT, { version: 1, wrappedBy, wrapped })) === 'created') return [1, key];
    const stored = await this.#read(tenant, CURRENT);
    return [stored.version, await this.#open(tenant, stored)];
  }

  #read(tenant: TenantId, name: KeyName): Promise<StoredKey>;
  #read(tenant: TenantId, name: KeyName, optional: true): Promise<StoredKey | null>;
  async #read(tenant: TenantId, name: KeyName, optional?: true): Promise<StoredKey | null> {
    const stored = await this.#store.read(tenant, name);
    if (stored === null && optional !== true) throw new PlatformFault('KEY_UNAVAILABLE', `there is no key ${name}`);
    return stored;
  }

  async #open(tenant: TenantId, stored: StoredKey): Promise<KeyObject> {
    if (stored.wrapped === null) throw new StepFault('KEY_DESTROYED', 'the keys of this tenant are destroyed');
    const bytes = await this.#root.unwrap(rootContext(tenant, stored.version), stored.wrapped, stored.wrappedBy);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  }
}

function associated(tenant: TenantId, name: KeyName, version: number, wrappedBy: number): Buffer {
  return Buffer.from(canonicalJson({ v: 1, use: 'wrapped-key', tenant, name, version, wrappedBy }));
}

function rootContext(tenant: TenantId, version: number): string {
  return canonicalJson({ v: 1, use: 'tenant-key', tenant, version });
}
