/**
 * The host's keys: master, one for all functions, one per function, and the system key of the Durable webhooks.
 * They are made at first use and lie in the data folder, readable by the owner alone. Nothing prints them.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from './refusals.ts';

interface KeyFile {
  master: string;
  host: string;
  system: { durabletask: string };
  functions: Record<string, string>;
}

/** What a caller's key is good for; `none` when it is no key of ours. */
export type KeyKind = 'none' | 'master' | 'host' | 'function' | 'system';

export interface Keys {
  readonly file: string;
  readonly master: string;
  readonly host: string;
  readonly system: string;
  functionKey(name: string): string;
  /** The kind of `key` where function `name` (if any) is called. */
  kind(key: string | undefined, name?: string): KeyKind;
}

const newKey = () => randomBytes(32).toString('base64url');
const digest = (key: string) => createHash('sha256').update(key).digest();

export function openKeys(data: string, functionNames: Iterable<string>): Keys {
  const file = join(data, 'host-keys.json');
  const stored = read(file, data);
  const keys: KeyFile = {
    master: stored.master ?? newKey(),
    host: stored.host ?? newKey(),
    system: { durabletask: stored.system?.durabletask ?? newKey() },
    functions: { ...stored.functions },
  };
  for (const name of functionNames) keys.functions[name] ??= newKey();
  const text = `${JSON.stringify(keys, null, 2)}\n`;
  if (text !== `${JSON.stringify(stored, null, 2)}\n`) {
    const next = `${file}.new`;
    writeFileSync(next, text, { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, file);
  }
  const digests = { master: digest(keys.master), host: digest(keys.host), system: digest(keys.system.durabletask) };
  const functions = new Map(Object.entries(keys.functions).map(([name, key]) => [name, digest(key)]));
  return {
    file,
    master: keys.master,
    host: keys.host,
    system: keys.system.durabletask,
    functionKey: (name) => keys.functions[name] ?? '',
    kind(key, name) {
      if (!key) return 'none';
      const given = digest(key);
      if (timingSafeEqual(given, digests.master)) return 'master';
      if (timingSafeEqual(given, digests.host)) return 'host';
      if (timingSafeEqual(given, digests.system)) return 'system';
      const own = name === undefined ? undefined : functions.get(name);
      if (own && timingSafeEqual(given, own)) return 'function';
      if (name === undefined)
        for (const known of functions.values()) if (timingSafeEqual(given, known)) return 'function';
      return 'none';
    },
  };
}

function read(file: string, data: string): Partial<KeyFile> {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<KeyFile>) : {};
  } catch (error) {
    throw refusal(
      'DATA_FOLDER',
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'not JSON'}; mend or delete it.`,
    );
  }
}
