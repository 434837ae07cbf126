/** The sample of local settings: everything in it is known, and the app starts with it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings, settingsSchema } from '../../../src/config/settings.ts';

const ROOT = join(import.meta.dirname, '../../..');
const { IsEncrypted, Values } = JSON.parse(readFileSync(join(ROOT, 'local.settings.sample.json'), 'utf8')) as {
  readonly IsEncrypted: boolean;
  readonly Values: Readonly<Record<string, string>>;
};
/** Read by the Functions host and the Durable extension. */
const OF_THE_HOST = ['FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage', 'AzureWebJobsDisableHomepage'];

/** `AzureFunctionsJobHost__a__b__c` sets `a.b.c` of host.json; it must lie in a section that is there. */
function overridesHostJson(name: string): boolean {
  const [prefix, ...path] = name.split('__');
  let section: unknown = JSON.parse(readFileSync(join(ROOT, 'host.json'), 'utf8'));
  for (const part of path.slice(0, -1)) section = (section as Record<string, unknown> | undefined)?.[part];
  return prefix === 'AzureFunctionsJobHost' && typeof section === 'object' && section !== null;
}

test('every name is a setting of the app, or one that the host reads', () => {
  const host = readFileSync(join(ROOT, 'host.json'), 'utf8');
  for (const name of Object.keys(Values)) {
    const known =
      name in settingsSchema.shape || OF_THE_HOST.includes(name) || host.includes(name) || overridesHostJson(name);
    assert.ok(known, `${name} means nothing`);
  }
  assert.equal(IsEncrypted, false);
});

test('everything that host.json names is there', () => {
  const host = readFileSync(join(ROOT, 'host.json'), 'utf8');
  const named = [...host.matchAll(/%(\w+)%|"connectionStringName": "(\w+)"/g)].map(([, a, b]) => a ?? b ?? '');
  assert.ok(named.length >= 1);
  for (const name of named) assert.ok(Values[name], `${name} is missing`);
});

test('the app starts with it, and with nothing taken away that it requires', () => {
  const settings = readSettings(Values);
  assert.equal(settings.COUNTERSIGN_PLATFORM, 'local');
  for (const name of ['COUNTERSIGN_DATA', 'COUNTERSIGN_PUBLIC_URL', 'COUNTERSIGN_AUDIENCE', 'COUNTERSIGN_ISSUERS']) {
    const { [name]: _gone, ...rest } = Values;
    assert.throws(() => readSettings(rest), new RegExp(`${name}: is required`));
  }
});

test('it holds no secret', () => {
  assert.doesNotMatch(JSON.stringify(Values), /AccountKey=|SharedAccess|"d":|password/i);
});
