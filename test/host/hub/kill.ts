/**
 * Kills a host at random instants while it works and checks what it says and keeps afterwards. Used with few kills in
 * `npm test`, with many in the long run.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { seededRandom } from '../../../src/host/hub/random.ts';
import type { Episode } from '../../../src/host/hub/records.ts';
import type { Status } from './support.ts';

interface Host {
  process: ChildProcess;
  url: string;
}

function spawnChild(file: string) {
  const script = join(import.meta.dirname, 'killed-host.ts');
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function spawnHost(file: string): Promise<Host> {
  const child = spawnChild(file);
  for await (const line of createInterface({ input: child.stdout }))
    return { process: child, url: `${line}/durabletask` };
  throw new Error('the host ended before it was ready');
}

/** A host that does not live to say that it is ready. */
async function killWhileStarting(file: string, ms: number): Promise<void> {
  const child = spawnChild(file);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await kill({ process: child, url: '' });
}

async function kill(host: Host): Promise<void> {
  const gone = new Promise((resolve) => host.process.once('exit', resolve));
  host.process.kill('SIGKILL');
  await gone;
}

interface Work {
  id: string;
  name: string;
  input: unknown;
  output: unknown;
}

function workload(size: number): Work[] {
  const work: Work[] = [];
  const add = (name: string, n: number, input: unknown, output: unknown) =>
    work.push({ id: `${name}-${n}`, name, input, output });
  for (let n = 0; n < size; n += 1) {
    add('longChain', n, { n: 250 * size }, 250 * size);
    add('shards', n, { count: 4, n: 40 * size }, 160 * size);
    for (let m = 0; m < 20; m += 1) add('locked', n * 20 + m, { from: `from-${n}`, to: `to-${n}`, rounds: 3 }, 3);
    for (let m = 0; m < 4; m += 1) {
      add('renewed', n * 4 + m, { n: 0, until: 50, key: `renewed-${n * 4 + m}` }, 50);
      add('mixed', n * 4 + m, { key: `mixed-${n * 4 + m}`, rounds: 20 * size }, true);
    }
  }
  return work;
}

/** Runs the workload through `kills` kills; answers how many entities it checked and how often a kill met unfinished work. */
export async function killRun(options: {
  seed: number;
  kills: number;
  size: number;
}): Promise<{ entities: number; interrupted: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'));
  const file = join(folder, 'hub.sqlite');
  const random = seededRandom(options.seed);
  const work = workload(options.size);
  const accepted = new Set<string>();
  let host = await spawnHost(file);
  let interrupted = 0;
  try {
    for (let done = 0; done < options.kills; done += 1) {
      const life = new AbortController();
      const starting = startAll(host, work, accepted, life.signal);
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 110));
      await kill(host);
      life.abort();
      await starting;
      if (random() < 0.2) await killWhileStarting(file, 100 + random() * 300);
      host = await spawnHost(file);
      for (const id of accepted) {
        const status = await statusOf(host, id);
        assert.notEqual(status, undefined, `${id} was accepted and is gone`);
        if (status?.runtimeStatus !== 'Completed') interrupted += 1;
      }
    }
    await startAll(host, work, accepted, new AbortController().signal);
    for (const { id, output } of work) {
      const status = await ended(host, id);
      assert.equal(status.runtimeStatus, 'Completed', `${id}: ${String(status.output)}`);
      assert.deepEqual(status.output, output, id);
    }
    const entities = await countersAreExact(host, options.size);
    await kill(host);
    checkFile(file);
    return { entities, interrupted };
  } finally {
    host.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startAll(host: Host, work: Work[], accepted: Set<string>, signal: AbortSignal): Promise<void> {
  for (const { id, name, input } of work) {
    if (accepted.has(id) || signal.aborted) continue;
    try {
      // The answer to an earlier start may have been killed, not the start: an ended instance would run a second time.
      if (await statusOf(host, id)) {
        accepted.add(id);
        continue;
      }
      const response = await fetch(`${host.url}/orchestrators/${name}/${id}`, {
        method: 'POST',
        body: JSON.stringify(input),
        signal,
      });
      if (response.status === 202 || response.status === 409) accepted.add(id);
      await response.arrayBuffer();
    } catch {
      return; // killed: what was not accepted is started again
    }
  }
}

async function statusOf(host: Host, id: string): Promise<Status | undefined> {
  const response = await fetch(`${host.url}/instances/${id}`);
  return response.status === 404 ? undefined : ((await response.json()) as Status);
}

async function ended(host: Host, id: string): Promise<Status> {
  for (;;) {
    const status = await statusOf(host, id);
    if (status && ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus)) return status;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function countersAreExact(host: Host, size: number): Promise<number> {
  const counters: [key: string, expected: number][] = [];
  for (let n = 0; n < size; n += 1) counters.push([`from-${n}`, -60], [`to-${n}`, 60]);
  for (let n = 0; n < size * 4; n += 1)
    counters.push([`renewed-${n}`, 50], [`mixed-${n}-s`, 20 * size], [`mixed-${n}-c`, 20 * size]);
  for (const [key, expected] of counters) {
    let state: unknown;
    for (let tries = 0; tries < 200; tries += 1) {
      // Signals are not awaited by anyone: the last ones may still be on their way.
      const response = await fetch(`${host.url}/entities/Counter/${key}`);
      state = response.status === 200 ? await response.json() : undefined;
      if (state === expected) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(state, expected, `entity ${key}`);
  }
  return counters.length;
}

/** Nothing is left to do, and no event id was completed twice. */
function checkFile(file: string): void {
  const db = new Database(file);
  try {
    assert.deepEqual(db.prepare('SELECT * FROM queue').all(), []);
    const seen = new Set<string>();
    for (const { n, data } of db.prepare('SELECT n, data FROM history').all() as { n: number; data: string }[]) {
      for (const received of (JSON.parse(data) as Episode).x) {
        if (!('i' in received) || received.i === undefined) continue;
        const key = `${n}:${received.i}`;
        assert.ok(!seen.has(key), `event id ${key} was completed twice`);
        seen.add(key);
      }
    }
    assert.ok(seen.size > 0);
  } finally {
    db.close();
  }
}
