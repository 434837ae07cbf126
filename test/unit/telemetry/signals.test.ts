/**
 * What alerts and workbook ask for, what the types declare, and what the sources really tell: one list each, held against
 * the others, so that no query can wait for something that nobody says.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVENTS } from '../../../src/ports/telemetry.ts';
import { METRICS } from '../../../src/platform/telemetry/metrics.ts';

const ROOT = join(import.meta.dirname, '../../..');
const signals = JSON.parse(readFileSync(join(ROOT, 'infra/content/signals.json'), 'utf8')) as {
  readonly metrics: Readonly<Record<string, string>>;
  readonly events: Readonly<Record<string, string>>;
};
const sources = globSync(['src/**/*.ts', 'functions/**/*.ts'], { cwd: ROOT })
  .filter((file) => !/^src\/(host|build|cli|demo)\//.test(file) && file !== 'src/ports/telemetry.ts')
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
const told = (name: string): boolean =>
  sources.some(({ file, text }) => !file.startsWith('src/platform/telemetry/') && text.includes(`'${name}'`));

/** Asked for already, told by a feature that is not in this release. Whoever builds it takes the line away. */
const LATER: Readonly<Record<string, string>> = {
  'countersign.schedule.lateness': 'schedules',
  'countersign.credentials.days_left': 'expiry of connector credentials',
};
/** Measured for people's own queries: nothing of ours asks. */
const UNASKED = ['countersign.steps.duration'];
/** Counted by the platform on Azure itself, not made from an event. */
const BY_PLATFORM = ['countersign.keys.calls', 'countersign.store.calls', 'countersign.store.request_units'];

test('every metric that a query asks for is measured, with the instrument that the query expects', () => {
  for (const [name, form] of Object.entries(signals.metrics)) {
    if (name in LATER) continue;
    const metric = METRICS[name as keyof typeof METRICS];
    assert.ok(metric, `${name} is not measured`);
    assert.equal(metric.kind, form.split(/[;,:]/)[0], name);
  }
});

test('nothing is measured under a name that no list has', () => {
  for (const name of Object.keys(METRICS))
    assert.ok(name in signals.metrics || UNASKED.includes(name), `${name} stands in no list`);
  for (const name of Object.keys(LATER))
    assert.ok(name in signals.metrics && !(name in METRICS), `${name} is not later`);
});

test('every event that a query asks for can carry what it asks', () => {
  for (const [name, attributes] of Object.entries(signals.events)) {
    const declared: readonly string[] | undefined = EVENTS[name as keyof typeof EVENTS];
    assert.ok(declared, `${name} is no event`);
    for (const attribute of attributes.split(', ')) assert.ok(declared.includes(attribute), `${name} ${attribute}`);
  }
});

test('every declared event is told somewhere', () => {
  for (const name of Object.keys(EVENTS)) assert.ok(told(name), `nothing tells ${name}`);
});

test('every metric has a source', () => {
  const table = sources.find(({ file }) => file === 'src/platform/telemetry/metrics.ts')?.text ?? '';
  for (const name of Object.keys(METRICS)) {
    const made = table.includes(`measure('${name}'`);
    assert.ok(made || BY_PLATFORM.includes(name), `${name} is never measured`);
  }
});
