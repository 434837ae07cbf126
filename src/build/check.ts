/**
 * `npm run check`: format, lint, layers, unused code, types, infrastructure. Every part runs, whatever failed before;
 * closes with one line a part.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const bin = (name: string) => join('node_modules', '.bin', name);
const node = process.execPath;
const quiet = '--disable-warning=ExperimentalWarning';
const parts: readonly [string, string, readonly string[]][] = [
  ['format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['lint', bin('oxlint'), ['--deny-warnings', 'src', 'functions', 'test']],
  ['layers', node, [quiet, 'src/build/layers.ts']],
  ['unused', bin('knip'), ['--no-progress']],
  ['types', bin('tsc'), ['-p', '.']],
  ['infra', node, [quiet, 'src/build/infra-check/main.ts']],
];

let failed = 0;
for (const [name, command, args] of parts) {
  if (name === 'infra' && !existsSync(join(root, 'src/build/infra-check/main.ts'))) continue;
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const ok = status === 0;
  if (!ok) {
    failed += 1;
    process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}`);
  }
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
process.exitCode = failed > 0 ? 1 : 0;
