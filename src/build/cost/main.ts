/**
 * `npm run cost [-- --runs=N] [--ru=… --action=… --blobWrite=… --blobRead=… --vault=…]`: runs the reference workflows on doubles of
 * the Azure services behind the real SDKs, counts what each run asks, and prints it with prices (dollars a million).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PRICES, requestUnits } from './rates.ts';
import { costOf, countsOf, table, type Measured } from './report.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    sweep: { type: 'string', default: '30' },
    ...Object.fromEntries(Object.keys(PRICES).map((name) => [name, { type: 'string' as const }])),
  },
});
const given = values as Readonly<Record<string, string | undefined>>;
const numbers = new Map(
  Object.entries({
    runs: given['runs'],
    sweep: given['sweep'],
    ...Object.fromEntries(Object.keys(PRICES).map((name) => [name, given[name] ?? String(PRICES[name]?.perMillion)])),
  }).map(([name, text]) => [name, Number(text)]),
);
const wrong = [...numbers].filter(([, value]) => !(value >= 0)).map(([name]) => `--${name}`);
if (wrong.length > 0) {
  console.error(`Not a number: ${wrong.join(', ')}`);
  process.exit(2);
}

const measuring = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', join(root, 'test/support/azure/cost-run.ts')],
  { encoding: 'utf8', maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'inherit'] },
);
if (measuring.status !== 0) process.exit(measuring.status ?? 1);
const { first, runs, due } = JSON.parse(measuring.stdout) as {
  first: Measured;
  runs: Measured[];
  due: Measured['cosmos'];
};

console.log(
  'Operations of one run, counted at the doubles (the first run also fetches keys, definitions and metadata):\n',
);
console.log(
  table([{ ...countsOf(first), workflow: `${first.workflow}, first of an instance` }, ...runs.map(countsOf)]),
);
const prices = Object.fromEntries(numbers);
const count = numbers.get('runs') ?? 0;
console.log(`\nDollars for ${count.toLocaleString('en')} runs (request units are estimated; prices are parameters):\n`);
console.log(
  table(
    runs.map((measured) => {
      const parts = costOf(measured, prices);
      const rounded = Object.entries(parts).map(([what, dollars]) => [what, (dollars * count).toFixed(2)]);
      const total = Object.values(parts).reduce((sum, dollars) => sum + dollars, 0);
      return { workflow: measured.workflow, ...Object.fromEntries(rounded), total: (total * count).toFixed(2) };
    }),
  ),
);
const sweeps = 86_400 / Math.max(1, numbers.get('sweep') ?? 30);
const units = due.reduce((sum, request) => sum + requestUnits(request), 0) * sweeps * 30;
console.log(
  `\nStanding: a sweep every ${numbers.get('sweep')} s costs ${due.length} queries here: about ` +
    `${Math.round(units / 1000).toLocaleString('en')}k units a month (${((units / 1e6) * (numbers.get('ru') ?? 0)).toFixed(2)} dollars).`,
);
console.log('\nPrices used, dollars a million:');
for (const [name, { what }] of Object.entries(PRICES)) console.log(`  --${name}=${numbers.get(name)}  ${what}`);
