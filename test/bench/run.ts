/**
 * `npm run bench [-- name…]`: JSON lines, one a figure, each with its target where there is one; the machine comes first.
 * Figures are for reading and comparing in one run; no test asserts them. Everything it started ends with it.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { disk } from './measure.ts';

type Bench = () => Promise<readonly object[]> | AsyncIterable<object>;

const root = join(import.meta.dirname, '..', '..');
const wanted = process.argv.slice(2);
const files = globSync('test/bench/*.ts', { cwd: root }).sort();
const benches = new Map<string, Bench>();
for (const file of files) {
  const name = basename(file, '.ts');
  if (name === 'run') continue;
  const { bench } = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as { bench?: Bench };
  if (bench !== undefined) benches.set(name, bench);
}
const unknown = wanted.filter((name) => !benches.has(name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${[...benches.keys()].join(', ')}.`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const build = ['--disable-warning=ExperimentalWarning', 'src/build/bundle.ts', '--if-stale'];
execFileSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
const machine = {
  cores: cpus().length,
  model: cpus()[0]?.model ?? '',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: Number(loadavg()[0]?.toFixed(2)),
  ...disk(),
};
const durability = 'records FULL (flushed to the disk before every answer), hub NORMAL, unless a figure says otherwise';
console.log(JSON.stringify({ bench: 'machine', ...machine, durability }));
for (const [name, bench] of benches) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for await (const row of await bench()) console.log(JSON.stringify({ bench: name, ...row }));
}
