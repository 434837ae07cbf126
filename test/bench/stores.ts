/**
 * Figures of the stores and of sealing: commits per second alone and grouped, microseconds per seal and open, and what a waiting
 * run costs on the disk. Each figure is the median of a few runs on a fresh folder.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merkleRoot } from '../../src/domain/sealing/digest.ts';
import type { SealedPlace } from '../../src/domain/sealing/sealed.ts';
import { sha256 } from '../../src/platform/common/hash.ts';
import { openLocalPlatform, type LocalPlatform } from '../../src/platform/local/platform.ts';
import type { RunDocument } from '../../src/domain/run/documents.ts';
import {
  instant,
  sampleBatch,
  sampleHead,
  sampleNext,
  sampleRequest,
  sampleResult,
  scopeOf,
} from '../support/run-samples.ts';

interface Row {
  area: 'stores';
  figure: string;
  value: number;
  unit: string;
  target?: number;
  durability: 'FULL' | 'NORMAL';
}

type Body<T> = (platform: LocalPlatform, directory: string) => Promise<T>;

async function onFreshFolder<T>(durability: Row['durability'], body: Body<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const platform = await openLocalPlatform({ directory, durability });
  try {
    return await body(platform, directory);
  } finally {
    await platform.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function median(count: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let n = 0; n < count; n++) values.push(await measure());
  return values.toSorted((a, b) => a - b)[Math.floor(count / 2)] as number;
}

/** One run of `steps` steps: reads the head and commits head, audit record and a 1 KiB result, `commits` times. */
async function oneRun(platform: LocalPlatform, name: string, steps: number, commits: number): Promise<void> {
  const scope = scopeOf('tenant-a', name);
  await platform.runs.create(scope, sampleBatch(sampleHead(scope, steps, { nextDue: instant(0) })));
  for (let n = 1; n <= commits; n++) {
    const stored = await platform.runs.readHead(scope);
    if (stored === null) throw new Error('the run is gone');
    const next = sampleNext(stored.head, { nextDue: instant(n) });
    const outcome = await platform.runs.commit(scope, stored.etag, sampleBatch(next, { put: [sampleResult(n, 1)] }));
    if (outcome === 'conflict') throw new Error('a conflict with nobody');
  }
}

/** Commits per second of `width` runs at once. */
function commits(durability: Row['durability'], width: number, each: number, steps: number): Promise<number> {
  return median(3, () =>
    onFreshFolder(durability, async (platform) => {
      await Promise.all(Array.from({ length: width }, (_, n) => oneRun(platform, `warm-${n}`, steps, 20)));
      const begin = performance.now();
      await Promise.all(Array.from({ length: width }, (_, n) => oneRun(platform, `run-${n}`, steps, each)));
      return (width * each * 1000) / (performance.now() - begin);
    }),
  );
}

const place: SealedPlace = {
  ...scopeOf('tenant-a', 'r1'),
  kind: 'run',
  id: 'r1',
  path: 'step/3',
  field: 'output',
  attempt: 1,
};

/** Microseconds per call of `work`, after as many calls to warm up. */
async function each(count: number, work: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < count; n++) await work();
  const begin = performance.now();
  for (let n = 0; n < count; n++) await work();
  return ((performance.now() - begin) * 1000) / count;
}

async function sealing(): Promise<{ readonly seal: number; readonly open: number; readonly large: number }> {
  const value = { text: 'x'.repeat(1000) };
  const big = { text: 'x'.repeat(100_000) };
  return onFreshFolder('FULL', async ({ vault }) => {
    const sealed = await vault.seal(place, value);
    return {
      seal: await median(3, () => each(3000, () => vault.seal(place, value))),
      open: await median(3, () => each(3000, () => vault.open(place, sealed))),
      large: await median(3, () => each(30, () => vault.seal(place, big))),
    };
  });
}

function sizeOf(directory: string): number {
  return (readdirSync(directory, { recursive: true }) as string[])
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

/** Ten steps, three of them done, one GOVERN waiting: input, three outputs, the request with its content, and a key. */
async function waitingRun(): Promise<number> {
  const count = 500;
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const open = () => openLocalPlatform({ directory, durability: 'NORMAL' });
  let platform = await open();
  await platform.runs.create(scopeOf('tenant-a', 'first'), sampleBatch(sampleHead(scopeOf('tenant-a', 'first'), 1)));
  await platform.close();
  const before = sizeOf(directory);
  platform = await open();
  const wait = async (n: number): Promise<void> => {
    const scope = scopeOf('tenant-a', `run-${n}`);
    const seal = (path: string) => platform.vault.seal({ ...place, id: scope.run, path }, { text: 'x'.repeat(700) });
    const value = await seal('input');
    const input: RunDocument = { kind: 'input', id: 'input', input: value, vars: await seal('vars') };
    await platform.runs.create(scope, sampleBatch(sampleHead(scope, 10), { put: [input] }));
    for (let step = 1; step <= 4; step++) {
      const stored = await platform.runs.readHead(scope);
      if (stored === null) throw new Error('the run is gone');
      const content = await seal(`step/${step}`);
      const put = [step === 4 ? sampleRequest(step, { content }) : sampleResult(step, 1, content)];
      await platform.runs.commit(scope, stored.etag, sampleBatch(sampleNext(stored.head), { put }));
    }
  };
  await Promise.all(Array.from({ length: count }, (_, n) => wait(n)));
  await platform.close();
  const bytes = (sizeOf(directory) - before) / count;
  rmSync(directory, { recursive: true, force: true });
  return bytes;
}

export async function bench(): Promise<Row[]> {
  const row = (figure: string, value: number, unit: string, durability: Row['durability'], target?: number): Row => ({
    area: 'stores',
    figure,
    value,
    unit,
    ...(target === undefined ? {} : { target }),
    durability,
  });
  const { seal, open, large } = await sealing();
  const records = Array.from({ length: 1200 }, (_, n) => ({ id: `T-${n}`, hours: '7.50', cost: '312.40' }));
  const root = await median(3, () => each(3, async () => merkleRoot(sha256, 'ab'.repeat(32), records)));
  return [
    row('commits alone, 10 steps', Math.round(await commits('FULL', 1, 500, 10)), 'commits/s', 'FULL'),
    row(
      'commits of 50 runs at once, 10 steps',
      Math.round(await commits('FULL', 50, 60, 10)),
      'commits/s',
      'FULL',
      10_000,
    ),
    row('commits of 50 runs at once, 10 steps', Math.round(await commits('NORMAL', 50, 60, 10)), 'commits/s', 'NORMAL'),
    row('commits of 10 runs at once, 500 steps', Math.round(await commits('FULL', 10, 30, 500)), 'commits/s', 'FULL'),
    row('seal 1 KiB', round(seal), 'µs', 'FULL'),
    row('open 1 KiB', round(open), 'µs', 'FULL'),
    row('sealing per step: 1 KiB of input opened, 1 KiB of output sealed', round(seal + open), 'µs', 'FULL'),
    row('seal 100 KiB into a blob', round(large), 'µs', 'FULL'),
    row('Merkle root over 1,200 records', round(root), 'µs', 'FULL'),
    row('waiting run on the disk', Math.round(await waitingRun()), 'bytes', 'NORMAL'),
  ];
}

const round = (value: number): number => Math.round(value * 10) / 10;
