/** The cost model: units grow with size, prices are parameters, tables add up. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { durableActions, PRICES, requestUnits } from '../../../src/build/cost/rates.ts';
import { costOf, countsOf, table, type Measured } from '../../../src/build/cost/report.ts';

const item = (bytes: number, write: 'create' | 'replace' | 'delete' | null = null) => ({ write, bytes });
const sample: Measured = {
  workflow: 'w',
  steps: 2,
  records: 0,
  durable: { orchestrations: 1, activities: 3, timers: 0, events: 1 },
  cosmos: [
    { kind: 'read', items: [item(1024)] },
    { kind: 'unchanged', items: [item(0)] },
    { kind: 'batch', items: [item(1024, 'replace'), item(1024, 'create')] },
  ],
  blob: { reads: 1, writes: 2 },
  keyBlob: { reads: 1, writes: 0 },
  vault: { keys: 1, secrets: 1 },
  graph: 0,
};

test('request units: a strong read of 1 KB costs two, of 100 KB about twenty; what changed nothing costs the least', () => {
  assert.equal(requestUnits({ kind: 'read', items: [item(1024)] }), 2);
  const large = requestUnits({ kind: 'read', items: [item(100 * 1024)] });
  assert.ok(large > 15 && large < 25);
  assert.equal(requestUnits({ kind: 'unchanged', items: [item(500_000)] }), 2);
  assert.ok(
    requestUnits({ kind: 'batch', items: [item(1024, 'replace')] }) >
      requestUnits({ kind: 'batch', items: [item(1024, 'create')] }),
  );
  assert.ok(
    requestUnits({ kind: 'batch', items: [item(9_000, 'create')] }) >
      requestUnits({ kind: 'batch', items: [item(1_000, 'create')] }),
  );
});

test('a start is one action, an activity two', () => {
  assert.equal(durableActions(sample.durable), 1 + 6 + 1);
});

test('columns count what was measured, and dollars follow the prices given', () => {
  const counts = countsOf(sample);
  assert.deepEqual([counts['batches'], counts['point reads'], counts['RUs'], counts['blob reads']], [1, 2, 20, 2]);
  const free = Object.fromEntries(Object.keys(PRICES).map((name) => [name, 0]));
  assert.ok(Object.values(costOf(sample, free)).every((dollars) => dollars === 0));
  assert.equal(costOf(sample, { ...free, ru: 1_000_000 })['Cosmos DB'], 20);
  assert.equal(costOf(sample, { ...free, action: 1_000_000 })['Durable'], 8);
});

test('a table has a line for its heads, one under them, and one a row, all equally wide', () => {
  const lines = table([countsOf(sample), { ...countsOf(sample), workflow: 'a longer name' }]).split('\n');
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
});

test('a price that is no number is refused before anything runs', () => {
  const main = join(import.meta.dirname, '../../../src/build/cost/main.ts');
  const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--ru=cheap', '--runs=-1'], {
    encoding: 'utf8',
  });
  assert.equal(done.status, 2);
  assert.match(done.stderr, /--runs, --ru/);
  assert.equal(done.stdout, '');
});
