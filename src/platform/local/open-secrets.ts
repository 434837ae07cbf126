/** Opens the secrets of a data folder alone, beside a host that may be running: for `countersign secret set`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretBroker } from '../../ports/secret-broker.ts';
import { createContextVault } from '../common/context-vault.ts';
import { createKeyRing } from '../common/key-ring.ts';
import { localBlobStore } from './blob-store.ts';
import { CommitQueue } from './commit-queue.ts';
import { KEYS_SCHEMA, KEYS_VERSION, localKeyStore } from './key-store.ts';
import { masterKey } from './master-key.ts';
import { localSecretBroker, SECRETS_SCHEMA, SECRETS_VERSION } from './secret-broker.ts';
import { openLog, openSqlite } from './sqlite.ts';

export interface OpenSecrets {
  readonly secrets: SecretBroker;
  close(): Promise<void>;
}

export function openLocalSecrets(directory: string): OpenSecrets {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fatal = (error: unknown): never => {
    throw error;
  };
  const open = (file: string, schema: string, version: number) => {
    const db = openSqlite({
      file: join(directory, file),
      schema,
      version,
      waitMs: 10_000,
    });
    return { db, queue: new CommitQueue(db, openLog(db, 'FULL'), fatal) };
  };
  const keyFile = open('keys.db', KEYS_SCHEMA, KEYS_VERSION);
  const secretFile = open('secrets.db', SECRETS_SCHEMA, SECRETS_VERSION);
  const keys = createKeyRing({
    store: localKeyStore(keyFile.db, keyFile.queue),
    root: masterKey(join(directory, 'master.key'), true),
    nowMs: () => performance.now(),
  });
  const vault = createContextVault(keys, localBlobStore(join(directory, 'blobs')));
  return {
    secrets: localSecretBroker(secretFile.db, secretFile.queue, vault),
    async close() {
      for (const { db, queue } of [secretFile, keyFile]) {
        await queue.close();
        db.close();
      }
    },
  };
}
