/** The Azure CLI and the app, called as they are. The only impure part of the verification beside its sequence. */
import { spawnSync } from 'node:child_process';
import type { Answered, Asked } from './smoke.ts';

/** Runs `az` and reads its JSON; throws with what it said when it fails. */
export function az(...args: string[]): unknown {
  const run = spawnSync('az', [...args, '--output', 'json'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  });
  if (run.error) throw new Error(`az could not be started: ${run.error.message}`);
  if (run.status !== 0) throw new Error(`az ${args.slice(0, 3).join(' ')} failed: ${run.stderr.trim().slice(0, 2000)}`);
  return run.stdout.trim() === '' ? null : (JSON.parse(run.stdout) as unknown);
}

export function hasAz(): boolean {
  return spawnSync('az', ['version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;
}

export interface Credentials {
  readonly good: string;
  readonly damaged: string;
  readonly unsigned: string;
}

export async function ask(base: string, asked: Asked, credentials: Credentials): Promise<Answered> {
  const headers: Record<string, string> = { ...asked.headers };
  if (asked.credential !== 'none') headers['authorization'] = `Bearer ${credentials[asked.credential]}`;
  if (asked.body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(new URL(asked.path, base), {
    method: asked.method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
    ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status: answer.status,
    header: (name) => answer.headers.get(name),
    json: isJson && text !== '' ? (JSON.parse(text) as unknown) : null,
  };
}
