/**
 * The built product as a user starts it: `countersign start --demo` in a process group of its own, on a free port, in a
 * folder of its own; killed as a whole, started again on the same folder. With `COUNTERSIGN_TEST_HOST`, on another host. With
 * `PRODUCT_WEATHER=SEED` in the rough weather of that seed: suites that run there too say nothing of how often an outside
 * system is asked, only what came of it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import {
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
  DEVELOPMENT_TENANT,
  openIssuer,
  readAccounts,
} from '../../src/host/front/development-issuer.ts';
import { endGroup, FOREIGN_HOST, startForeign } from './foreign-host.ts';

/** Rough weather, with its delays shortened to a fiftieth, and a sweep that is as quick. */
const { PRODUCT_WEATHER } = process.env;
export const IN_WEATHER = PRODUCT_WEATHER !== undefined;
const WEATHER_ARGS = IN_WEATHER ? ['--weather', `${PRODUCT_WEATHER}:0.02`] : [];
const WEATHER_ENV = IN_WEATHER ? { COUNTERSIGN_SILENCE_MS: '1000' } : {};

const ROOT = join(import.meta.dirname, '..', '..');

export interface Answered<Body = any> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

export interface Product {
  readonly url: string;
  readonly data: string;
  /** Process of the command; the host is its child. */
  pid(): number;
  /** Everything that was printed so far. */
  output(): string;
  call(
    account: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answered>;
  /** A token of the development issuer with any claims, as `authorization`. */
  authorization(claims: Record<string, unknown>): Promise<Record<string, string>>;
  /** The newest personal link of a person for a run, once its notice lies in the inbox. */
  link(account: string, run: string): Promise<string>;
  /** `kill -9` for every process of the product. */
  kill(): Promise<void>;
  /** As Ctrl-C does; answers with the exit code. */
  interrupt(): Promise<number | null>;
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

export async function startProduct(
  options: { readonly args?: readonly string[]; readonly env?: Record<string, string>; readonly demo?: boolean } = {},
): Promise<Product> {
  const data = mkdtempSync(join(tmpdir(), 'countersign-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const tokens = new Map<string, string>();
  let output = '';
  let child: ChildProcess | null = null;
  /** The demo beside another host; none on ours, which brings it. */
  let beside: readonly ChildProcess[] = [];

  async function launch(): Promise<void> {
    if (FOREIGN_HOST !== undefined) {
      const { demo = true, env = {} } = options;
      const print = (text: string) => void (output += text);
      const start = { command: FOREIGN_HOST, data, port, url, demo, env, print };
      [child = null, ...beside] = await startForeign(start);
      return;
    }
    const args = [
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'dist/cli.mjs'),
      'start',
      '--port',
      String(port),
      '--data',
      data,
      ...(options.demo === false ? [] : ['--demo']),
      ...(options.args ?? []),
      ...WEATHER_ARGS,
    ];
    const own = spawn(process.execPath, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...WEATHER_ENV, ...options.env },
    });
    child = own;
    const from = output.length;
    own.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    own.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ready = options.demo === false ? /listens on/ : /approver's link|could not be set up/;
    for (let waited = 0; !ready.test(output.slice(from)); waited += 20) {
      if (own.exitCode !== null || waited > 30_000)
        throw new Error(`the product did not start:\n${output.slice(from)}`);
      await sleep(20);
    }
  }

  async function tokenOf(account: string): Promise<string> {
    let token = tokens.get(account);
    if (token === undefined) {
      const known = readAccounts(data).accounts.find(({ id }) => id === account);
      if (!known) throw new Error(`no account ${account}`);
      token = await (await openIssuer(data)).mint(known);
      tokens.set(account, token);
    }
    return token;
  }

  async function end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    for (const own of [child, ...beside]) {
      if (own === null || own.exitCode !== null || own.signalCode !== null) continue;
      const exited = once(own, 'exit');
      endGroup(own, signal);
      await exited;
    }
  }

  /** Whatever ends this process, a signal too, ends the product. */
  const atExit = (): void => {
    for (const own of [child, ...beside])
      if (own?.exitCode === null && own.signalCode === null) endGroup(own, 'SIGKILL');
    rmSync(data, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  await launch();
  return {
    url,
    data,
    pid: () => child?.pid ?? 0,
    output: () => output,
    async call(account, method, path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await tokenOf(account)}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
      };
    },
    async authorization(claims) {
      const { privateKey, publicKey } = JSON.parse(readFileSync(join(data, 'issuer.json'), 'utf8')) as Record<
        'privateKey' | 'publicKey',
        JWK
      >;
      const token = await new SignJWT({
        ver: '2.0',
        tid: DEVELOPMENT_TENANT,
        scp: 'access_as_user',
        azp: 'test',
        idtyp: 'user',
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: String(publicKey.kid) })
        .setIssuer(DEVELOPMENT_ISSUER)
        .setAudience(DEVELOPMENT_AUDIENCE)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign((await importJWK(privateKey, 'RS256')) as CryptoKey);
      return { authorization: `Bearer ${token}` };
    },
    async link(account, run) {
      const folder = join(data, 'inbox', account);
      for (let waited = 0; waited < 15_000; waited += 20) {
        const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.includes(run)) : [];
        const links = names
          .toSorted()
          .map((name) => /http\S+\/approve\/\S+/.exec(readFileSync(join(folder, name), 'utf8')));
        const link = links.at(-1)?.[0];
        if (link !== undefined) return link;
        await sleep(20);
      }
      throw new Error(`no link for ${account} came within 15 s`);
    },
    kill: () => end('SIGKILL'),
    async interrupt() {
      await end('SIGINT');
      return child?.exitCode ?? null;
    },
    restart: launch,
    async remove() {
      process.off('exit', atExit);
      await end('SIGKILL');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The ERP's own ledger: the oracle for what was really written. */
export function ledgerOf(product: Product): readonly Record<string, any>[] {
  const file = join(product.data, 'demo', 'erp-ledger.jsonl');
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export function erpUrl(product: Product): string {
  const { erp } = JSON.parse(readFileSync(join(product.data, 'demo', 'ports.json'), 'utf8')) as { erp: number };
  return `http://127.0.0.1:${erp}`;
}
