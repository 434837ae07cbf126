/** What the benchmarks share: rounds with their spread, and what a process has used. Linux only, from `/proc`. */
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Smallest, median and largest of a figure's rounds, with the load of the machine at the end of them. */
export function spread(rounds: readonly number[]) {
  const sorted = rounds.toSorted((a, b) => a - b).map(rounded);
  const median = sorted[Math.floor(sorted.length / 2)];
  return { min: sorted[0], median, max: sorted.at(-1), rounds: sorted.length, load: rounded(loadavg()[0] ?? 0) };
}

export async function inRounds<T>(count: number, measure: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let round = 0; round < count; round++) all.push(await measure());
  return all;
}

/** Processor time of all threads of a process: on a shared machine it says more than the clock. */
export function cpuUs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1000, 0);
}

export function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs (nothing is durable there)',
  0x9123683e: 'btrfs',
  0x58465342: 'xfs',
  0x794c7630: 'overlay',
};

/** The file system of the temporary folder, and how long its disk takes for a flush of 4 KiB. */
export function disk() {
  const kind = statfsSync(tmpdir()).type;
  const file = join(tmpdir(), `bench-flush-${process.pid}`);
  const handle = openSync(file, 'w');
  const page = Buffer.alloc(4096);
  const times: number[] = [];
  for (let n = 0; n < 50; n++) {
    writeSync(handle, page);
    const begun = performance.now();
    fdatasyncSync(handle);
    times.push(performance.now() - begun);
  }
  closeSync(handle);
  rmSync(file);
  const { median, max } = spread(times);
  return { fileSystem: FILE_SYSTEMS[kind] ?? `0x${kind.toString(16)}`, flushMs: { median, max } };
}
