/** The canary tool finds what is planted, in every form, and the sealed stores hold none of it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../src/domain/json.ts';
import type { SealedPlace } from '../../../src/domain/sealing/sealed.ts';
import { CANARY_KINDS } from '../../support/canary-kinds.ts';
import { CanaryScan, makeCanaries, planted } from '../../support/canary.ts';
import { temporaryFolder, temporaryPlatform } from '../../support/local-platform.ts';
import { createOpenVault } from '../../support/open-vault.ts';
import { sampleBatch, sampleHead, sampleResult, scopeOf } from '../../support/run-samples.ts';
import type { LocalOptions } from '../../../src/platform/local/platform.ts';

const KINDS = Object.keys(CANARY_KINDS).sort();

test('there are 30 kinds of canaries, and none contains another', () => {
  assert.equal(KINDS.length, 30);
  const canaries = makeCanaries(1);
  for (const one of canaries)
    for (const other of canaries)
      assert.ok(one === other || !one.value.includes(other.value), `${one.kind} ${other.kind}`);
});

const encodings: Record<string, (value: string) => string | Buffer> = {
  raw: (v) => `before ${v} after`,
  'raw among binary bytes': (v) => Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from(v), Buffer.from([254, 0])]),
  base64: (v) => Buffer.from(`{"note":"${v}"}`).toString('base64'),
  'base64, one byte further': (v) => Buffer.from(`{"note":"x${v}"}`).toString('base64'),
  'base64, two bytes further': (v) => Buffer.from(`{"note":"xy${v}"}`).toString('base64'),
  base64url: (v) => Buffer.from(`?${v}?`).toString('base64url'),
  hex: (v) => Buffer.from(`{${v}}`).toString('hex'),
  HEX: (v) => Buffer.from(`{${v}}`).toString('hex').toUpperCase(),
  URL: (v) => `https://x.test/?q=${encodeURIComponent(v)}&z`,
  form: (v) => new URLSearchParams({ q: v }).toString(),
  JSON: (v) => JSON.stringify({ error: { detail: v } }),
  'JSON in JSON': (v) => JSON.stringify({ history: JSON.stringify({ input: v }) }),
  'UTF-16': (v) => Buffer.from(`x${v}`, 'utf16le'),
};
for (const [form, encode] of Object.entries(encodings)) {
  test(`all 30 planted leaks are found when written as ${form}`, () => {
    for (const canary of makeCanaries(2)) {
      const scan = new CanaryScan([canary]);
      scan.text('log', encode(canary.value));
      // A form body writes a few more characters escaped than encodeURIComponent does.
      if (form === 'form' && /['()!~*]/.test(canary.value)) continue;
      assert.deepEqual(scan.kinds(), [canary.kind], `${canary.kind} as ${form}`);
    }
  });
}

test('other text and random bytes hold no canary', () => {
  const scan = new CanaryScan(makeCanaries(3));
  for (const { value } of makeCanaries(4)) scan.text('other', JSON.stringify({ value }));
  scan.text(
    'binary',
    gzipSync(
      Buffer.from(
        makeCanaries(5)
          .map((canary) => canary.value)
          .join(),
      ),
    ),
  );
  assert.equal(scan.report(), '');
  assert.equal(scan.looked.length, 31);
});

test('leaks in files, in names of files and in folders below are found, with their places; exceptions hold', (t) => {
  const folder = temporaryFolder(t);
  const canaries = makeCanaries(6);
  const valueOf = (kind: string) => canaries.find((canary) => canary.kind === kind)?.value as string;
  mkdirSync(join(folder, 'blobs', 'deep'), { recursive: true });
  mkdirSync(join(folder, 'inbox'));
  writeFileSync(join(folder, 'blobs', 'deep', 'x'), `.. ${valueOf('iban')}`);
  writeFileSync(join(folder, `${valueOf('personnelNumber')}.log`), 'nothing');
  writeFileSync(join(folder, 'inbox', 'notice'), valueOf('approvalLink'));
  const scan = new CanaryScan(canaries);
  scan.folder(folder, ['inbox']);
  assert.deepEqual(
    scan.leaks
      .filter((leak) => leak.form === 'raw')
      .map((leak) => leak.where)
      .sort(),
    [join('blobs', 'deep', 'x'), `name of ${valueOf('personnelNumber')}.log`],
  );
  assert.ok(!scan.report().includes(valueOf('iban')));
  const all = new CanaryScan(canaries);
  all.folder(folder);
  assert.deepEqual(all.kinds(), ['approvalLink', 'iban', 'personnelNumber']);
});

/** Writes the canaries through the vault into documents and blobs, secrets and errors; scans everything on the disk. */
async function scanned(t: TestContext, options: Partial<LocalOptions>): Promise<CanaryScan> {
  const { platform, directory } = await temporaryPlatform(t, options);
  const canaries = makeCanaries(7);
  const scope = scopeOf('tenant-a', 'r1');
  const place = (path: string): SealedPlace => ({
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path,
    field: 'output',
    attempt: 1,
  });
  const value = planted(canaries) as Json;
  const small = await Promise.all(canaries.map((canary, n) => platform.vault.seal(place(`step/${n}`), canary.value)));
  const large = await platform.vault.seal(place('step/99'), { value, more: 'x'.repeat(20_000) });
  const put = [...small, large].map((sealed, n) => sampleResult(n, 1, sealed));
  await platform.runs.create(scope, sampleBatch(sampleHead(scope, 3), { put }));
  for (const [n, canary] of canaries.entries())
    await platform.secrets.set(scope.tenant, `secret-${n}`, canary.value, []);
  assert.deepEqual(((await platform.vault.open(place('step/99'), large)) as { value: Json }).value, value);
  const scan = new CanaryScan(canaries);
  scan.folder(directory);
  await platform.close();
  scan.folder(directory);
  assert.ok(scan.looked.includes('records.db') && scan.looked.includes('records.db-wal'));
  assert.ok(scan.looked.some((where) => where.startsWith(join('blobs', 'tenant-a', 'run', 'r1'))));
  return scan;
}

test('P8: no canary is found in any file of the data folder: databases, their logs, blobs', async (t) => {
  assert.equal((await scanned(t, {})).report(), '');
});

test('negative control: with a vault that does not seal, all 30 kinds are found', async (t) => {
  assert.deepEqual((await scanned(t, { vault: createOpenVault })).kinds(), KINDS);
});
