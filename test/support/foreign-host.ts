/**
 * The end-to-end suite under another Functions host. `COUNTERSIGN_TEST_HOST` is a shell command that serves the built app at
 * `$PORT` with the settings of its environment, as Core Tools do, until it is ended. Nothing is known of that host but HTTP.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAccounts } from '../../src/cli/accounts.ts';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, openIssuer } from '../../src/host/front/development-issuer.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

export const FOREIGN_HOST = process.env.COUNTERSIGN_TEST_HOST;

export interface ForeignStart {
  readonly command: string;
  readonly data: string;
  readonly port: number;
  readonly url: string;
  readonly demo: boolean;
  readonly env: Record<string, string>;
  readonly print: (text: string) => void;
}

/** Each process leads a group of its own. Waits until the app answers, and until the demo's documents are applied. */
export async function startForeign(start: ForeignStart): Promise<ChildProcess[]> {
  const { data, port, url } = start;
  let said = '';
  const print = (text: string): void => {
    said += text;
    start.print(text);
  };
  ensureAccounts(data);
  const host = run('/bin/sh', ['-c', start.command], print, {
    PORT: String(port),
    TASKHUB_NAME: `countersign${port}`,
    COUNTERSIGN_PLATFORM: 'local',
    COUNTERSIGN_DATA: data,
    COUNTERSIGN_PUBLIC_URL: url,
    COUNTERSIGN_AUDIENCE: DEVELOPMENT_AUDIENCE,
    COUNTERSIGN_ISSUERS: JSON.stringify([{ issuer: DEVELOPMENT_ISSUER, jwks: (await openIssuer(data)).jwks }]),
    COUNTERSIGN_ALLOW_PRIVATE: '*',
    COUNTERSIGN_SWEEP: '* * * * * *',
    ...start.env,
  });
  const processes = [host];
  try {
    await until(host, () =>
      fetch(`${url}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    if (!start.demo) return processes;
    const demo = run(process.execPath, [CLI, 'demo', '--url', url, '--data', data], print, {});
    processes.push(demo);
    await until(demo, async () => said.includes("approver's link"));
    return processes;
  } catch (error) {
    for (const each of processes) endGroup(each, 'SIGKILL');
    throw new Error(`${String(error)}\n${said.slice(-2_000)}`, { cause: error });
  }
}

export function endGroup(leader: ChildProcess, signal: 'SIGKILL' | 'SIGINT'): void {
  if (leader.pid && leader.exitCode === null && leader.signalCode === null) process.kill(-leader.pid, signal);
}

function run(file: string, args: string[], print: (text: string) => void, env: Record<string, string>): ChildProcess {
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => print(chunk.toString()));
  return child;
}

async function until(child: ChildProcess, done: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await done()); waited += 200) {
    if (child.exitCode !== null || waited > 120_000) throw new Error('the host, or the demo beside it, did not start');
    await sleep(200);
  }
}
