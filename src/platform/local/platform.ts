/** The local platform: one data folder (0700), and every port that lives in it. Processes may share it: what decides is in the files. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock, Ids } from '../../ports/clock.ts';
import type { ContextVault } from '../../ports/context-vault.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Directory } from '../../ports/directory.ts';
import type { KeyMaintenance, KeyRing } from '../../ports/key-ring.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { IdempotencyStore, RequestIndex } from '../../ports/request-index.ts';
import type { SlotStore } from '../../ports/slot-store.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { SearchIndex } from '../../ports/search-index.ts';
import type { SecretBroker } from '../../ports/secret-broker.ts';
import type { TenantLog } from '../../ports/tenant-log.ts';
import { createContextVault } from '../common/context-vault.ts';
import { cursors } from '../common/cursor.ts';
import { createKeyRing } from '../common/key-ring.ts';
import { createIds, systemClock } from '../common/system-clock.ts';
import { localBlobStore } from './blob-store.ts';
import { CommitQueue } from './commit-queue.ts';
import { localDefinitionStore } from './definition-store.ts';
import { localDirectory } from './directory.ts';
import { KEYS_SCHEMA, KEYS_VERSION, localKeyStore } from './key-store.ts';
import { masterKey } from './master-key.ts';
import { localNotifier } from './notifier.ts';
import { RECORDS_SCHEMA, RECORDS_UPGRADES, RECORDS_VERSION } from './records-schema.ts';
import { localIdempotencyStore, localRequestIndex } from './request-index.ts';
import { localRunStore } from './run-store.ts';
import { lazySearchIndex, localSearchIndex, SEARCH_SCHEMA, SEARCH_VERSION } from './search-index.ts';
import { localSecretBroker, SECRETS_SCHEMA, SECRETS_VERSION } from './secret-broker.ts';
import { FileHeld, openLog, openSqlite, type Durability, type OpenFile } from './sqlite.ts';
import { localSlotStore } from './slot-store.ts';
import { localTenantLog } from './tenant-log.ts';

/** Names as in `Deps`, so that composition can spread it. */
export interface LocalPlatform {
  readonly runs: RunStore;
  readonly definitions: DefinitionStore;
  readonly vault: ContextVault;
  readonly blobs: BlobStore;
  readonly secrets: SecretBroker;
  readonly tenantLog: TenantLog;
  readonly requests: RequestIndex;
  readonly idempotency: IdempotencyStore;
  readonly slots: SlotStore;
  readonly directory: Directory;
  readonly notifier: Notifier;
  /** `search.db` comes to be with the first document. */
  readonly search: SearchIndex;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: KeyRing & KeyMaintenance;
  /** Commits what waits and closes the files. Nothing may be called afterwards. */
  close(): Promise<void>;
}

export interface LocalOptions {
  readonly directory: string;
  readonly durability?: Durability;
  /** How long to wait for another process that is making the folder's files; 10 s unless told. */
  readonly waitMs?: number;
  /** Tenant whose people have plain folders in the inbox; `demo`, the development issuer's, unless told. */
  readonly homeTenant?: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Replaces the vault: for the negative control of the canary test only. */
  readonly vault?: (keys: KeyRing, blobs: BlobStore) => ContextVault;
  /** Must not return: a failed COMMIT leaves memory ahead of the disk. */
  readonly onFatal?: (error: unknown) => void;
}

/** Another process's commit is waited for so long; it blocks this one, and takes milliseconds. */
const BUSY_MS = 2_000;
const RETRY_MS = 50;

/** Throws `PlatformFault` `STORE_UNAVAILABLE` when another process keeps a file locked or another release wrote it. */
export async function openLocalPlatform(options: LocalOptions): Promise<LocalPlatform> {
  const { directory, durability = 'FULL', waitMs = 10_000, clock = systemClock, onFatal = endProcess } = options;
  makePrivate(directory);
  const closers: (() => Promise<void>)[] = [];
  const open = (name: string, schema: string, version: number, upgrades: OpenFile['upgrades'] = {}) => {
    const file = join(directory, name);
    const db = openSqlite({ file, schema, version, upgrades, waitMs: Math.min(waitMs, BUSY_MS) });
    const queue = new CommitQueue(db, openLog(db, durability), onFatal);
    closers.unshift(async () => {
      await queue.close();
      db.close();
    });
    return { db, queue };
  };
  try {
    const records = await whenFree(() => open('records.db', RECORDS_SCHEMA, RECORDS_VERSION, RECORDS_UPGRADES), waitMs);
    const keyFile = open('keys.db', KEYS_SCHEMA, KEYS_VERSION);
    const secretFile = open('secrets.db', SECRETS_SCHEMA, SECRETS_VERSION);
    const keys = createKeyRing({
      store: localKeyStore(keyFile.db, keyFile.queue),
      root: masterKey(join(directory, 'master.key'), true),
      nowMs: clock === systemClock ? () => performance.now() : () => Date.parse(clock.now()),
    });
    const blobs = localBlobStore(join(directory, 'blobs'));
    const vault = (options.vault ?? createContextVault)(keys, blobs);
    const listing = cursors(keys);
    const definitions = localDefinitionStore(records.db, records.queue, listing);
    return {
      runs: localRunStore(records.db, records.queue, listing),
      definitions,
      vault,
      keys,
      blobs,
      secrets: localSecretBroker(secretFile.db, secretFile.queue, vault),
      tenantLog: localTenantLog(records.db, records.queue),
      requests: localRequestIndex(records.db, records.queue, clock),
      idempotency: localIdempotencyStore(records.db, records.queue, clock),
      slots: localSlotStore(records.db, records.queue),
      directory: localDirectory(definitions),
      notifier: localNotifier(join(directory, 'inbox'), options.homeTenant ?? 'demo'),
      search: lazySearchIndex(() => {
        const file = open('search.db', SEARCH_SCHEMA, SEARCH_VERSION);
        return localSearchIndex(file.db, file.queue);
      }),
      clock,
      ids: options.ids ?? createIds(clock),
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0)) await close();
}

/** Two processes may make the file at the same moment. Who is late waits, and stays able to answer its host meanwhile. */
async function whenFree<T>(open: () => T, waitMs: number): Promise<T> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof FileHeld) || performance.now() >= until) throw error;
      await sleep(RETRY_MS);
    }
  }
}

function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') chmodSync(directory, 0o700);
}

function endProcess(error: unknown): never {
  const code = (error as { readonly code?: unknown }).code;
  process.stderr.write(`Countersign stops: a commit failed (${typeof code === 'string' ? code : 'unknown'}).\n`);
  process.exit(70);
}
