/**
 * The test runner: every `*.test.ts` below `test`, in one process per file, with node's own runner; then the end-to-end suites
 * in rough weather, seed by seed (`SEEDS=1,2` names others). Ends with the line `N passed, N failed`. `--long` adds `*.long.ts`
 * and a hundred seeds; other arguments are path filters, and `weather` among them asks for rough weather.
 */
import { globSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { FIRST_SEEDS, IN_WEATHER_TOO, MANY_SEEDS } from './e2e/weather.ts';

const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter((a) => !a.startsWith('--'));
const files = globSync(['test/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])])
  .sort()
  .filter((file) => filters.length === 0 || filters.some((f) => file.includes(f)));
const narrowed = filters.filter((f) => f !== 'weather');
const weather =
  filters.length > 0 && narrowed.length === filters.length
    ? []
    : IN_WEATHER_TOO.map((name) => `test/e2e/${name}.test.ts`).filter(
        (file) => narrowed.length === 0 || narrowed.some((f) => file.includes(f)),
      );
const seeds = process.env.SEEDS?.split(',').map(Number) ?? (long ? [...FIRST_SEEDS, ...MANY_SEEDS] : FIRST_SEEDS);

if (files.length + weather.length === 0) {
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

/** Answers when every file has ended. */
async function pass(of: readonly string[], concurrency: number): Promise<void> {
  const events = run({
    files: [...of],
    concurrency,
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
  for await (const text of events.compose(new spec())) process.stdout.write(text as string);
}

process.on('exit', () => {
  if (skipped > 0) console.log(`${skipped} skipped: what they need is not here, see above`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});

if (files.length > 0) await pass(files, 2);
if (weather.length > 0 && process.env.COUNTERSIGN_TEST_HOST === undefined) {
  for (const seed of seeds) {
    console.log(`\nRough weather, seed ${seed}`);
    process.env.PRODUCT_WEATHER = String(seed);
    // In weather most of the time is waiting.
    await pass(weather, 6);
  }
}
