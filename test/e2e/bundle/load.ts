/** Loads the built app in a fresh process whose environment holds nothing but the given settings. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Registered {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly type: string }>>;
}
export interface Loaded {
  readonly code: number | null;
  readonly errors: string;
  readonly ms: number;
  readonly functions: readonly Registered[];
  readonly hooks: readonly string[];
  /** Sockets, writes, processes and threads. */
  readonly did: readonly string[];
  readonly error?: string;
  readonly stack?: string;
}

const HERE = import.meta.dirname;
export const APP = join(HERE, '..', '..', '..', 'dist', 'app.mjs');

export const LOCAL: Readonly<Record<string, string>> = {
  COUNTERSIGN_PUBLIC_URL: 'http://localhost:7071',
  COUNTERSIGN_AUDIENCE: 'countersign',
  COUNTERSIGN_DATA: join(HERE, 'never-made'),
  COUNTERSIGN_ISSUERS: '[{"issuer":"https://issuer.example","jwks":{"keys":[{"kty":"RSA"}]}}]',
  TASKHUB_NAME: 'countersign',
};

export function loadBundle(environment: Readonly<Record<string, string>>, app = APP): Loaded {
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(HERE, 'any-host.mjs'), app], {
    encoding: 'utf8',
    env: { ...environment },
    timeout: 60_000,
  });
  return { code: ran.status, errors: ran.stderr, ...(JSON.parse(ran.stdout) as Omit<Loaded, 'code' | 'errors'>) };
}
