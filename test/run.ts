/**
 * The test runner: every `*.test.ts` below `test`, in one process per folder group, with node's own runner.
 * Ends with the line `N passed, N failed`. `--long` adds `*.long.ts`; other arguments are path filters.
 */
import { globSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter((a) => !a.startsWith('--'));
const files = globSync(['test/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])])
  .sort()
  .filter((file) => filters.length === 0 || filters.some((f) => file.includes(f)));

if (files.length === 0) {
  console.error(`No test file matches ${filters.join(' ')}`);
  process.exit(1);
}
// End-to-end tests run what is built.
const built = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', 'src/build/bundle.ts', '--if-stale'],
  { stdio: 'inherit' },
);
if (built.status !== 0) process.exit(1);

let passed = 0;
let failed = 0;
let skipped = 0;
const events = run({
  files,
  concurrency: 2,
  timeout: long ? 3_600_000 : 300_000,
  forceExit: false,
  execArgv: ['--disable-warning=ExperimentalWarning'],
});
events.on('test:pass', (event) => {
  if (event.details.type === 'suite') return;
  if (event.skip) skipped += 1;
  else passed += 1;
});
events.on('test:fail', (event) => {
  // A suite fails with its tests, which are counted; by itself only when one of its hooks does.
  const { type, error } = event.details;
  if (type !== 'suite' || !/subtests?Failed/.test(String((error as { failureType?: unknown }).failureType)))
    failed += 1;
});
events.compose(new spec()).pipe(process.stdout);
process.on('exit', () => {
  if (skipped > 0) console.log(`${skipped} skipped: what they need is not here, see above`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
