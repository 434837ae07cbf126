/**
 * `npm run bench [name…]`: JSON lines, one a figure, each with its target where there is one; the machine and the
 * durability come first. Figures are for reading and comparing in one run; no test asserts them.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';

const wanted = process.argv.slice(2);
const machine = {
  cores: cpus().length,
  model: cpus()[0]?.model ?? '',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: loadavg()[0]?.toFixed(2),
};
const root = join(import.meta.dirname, '..', '..');
const build = ['--disable-warning=ExperimentalWarning', 'src/build/bundle.ts', '--if-stale'];
execFileSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
console.log(
  JSON.stringify({ bench: 'machine', ...machine, durability: 'records FULL (fsync at every commit), hub NORMAL' }),
);
for (const file of globSync('test/bench/*.ts', { cwd: root }).sort()) {
  const name = basename(file, '.ts');
  if (name === 'run' || (wanted.length > 0 && !wanted.includes(name))) continue;
  const { bench } = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as {
    bench?: () => Promise<readonly object[]> | AsyncIterable<object>;
  };
  if (!bench) continue;
  for await (const row of await bench()) console.log(JSON.stringify({ bench: name, ...row }));
}
