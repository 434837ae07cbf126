/**
 * The root of the local key hierarchy: 32 random bytes in a file that only its owner may read. Whoever has this file and
 * `keys.db` can read everything; it takes the place that Key Vault has on Azure.
 */
import { createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { PlatformFault } from '../../domain/errors.ts';
import { decrypt, encrypt } from '../common/aes.ts';
import type { RootWrapper } from '../common/wrapped-keys.ts';
import { isTaken, syncFolder } from './files.ts';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const VERSION = 1;

function readOrMake(file: string): Buffer {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const made = randomBytes(KEY_BYTES);
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, made);
    fsyncSync(handle);
    closeSync(handle);
    // A link is create-only: of two processes that start at once, both read what the first one made.
    linkSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    if (!isTaken(error)) throw error;
  } finally {
    rmSync(draft, { force: true });
    made.fill(0);
  }
  return readFileSync(file);
}

export function masterKey(file: string, make: boolean): RootWrapper {
  const bytes = make ? readOrMake(file) : readFileSync(file);
  if (bytes.length !== KEY_BYTES) throw new PlatformFault('KEY_UNAVAILABLE', 'the master key file is damaged');
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new PlatformFault('KEY_UNAVAILABLE', 'the master key file can be read by others: set its mode to 0600');
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return {
    async wrap(context, plain) {
      return { wrapped: encrypt(key, Buffer.from(context), plain), version: VERSION };
    },
    async unwrap(context, wrapped) {
      const plain = decrypt(key, Buffer.from(context), wrapped);
      if (plain === null)
        throw new PlatformFault('KEY_UNAVAILABLE', 'the tenant key was not wrapped by this master key');
      return plain;
    },
  };
}
