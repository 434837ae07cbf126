/** The archive that is deployed: readable by others, the same bytes for the same content, complete in an empty folder. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { contents } from '../../infra/package/main.ts';
import { zip } from '../../infra/package/zip.ts';
import { settingsIn } from '../../src/build/infra-check/rules/estate.ts';
import { loadParser } from '../../src/build/infra-check/syntax/parse.ts';
import { LOCAL, loadBundle } from '../e2e/bundle/load.ts';

/** A reader written from the format, not from the writer: it goes by the directory at the end. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const [packed, size, name, extra, comment] = [20, 24]
      .map((offset) => archive.readUInt32LE(at + offset))
      .concat([28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)));
    const local = archive.readUInt32LE(at + 42);
    const path = archive.toString('utf8', at + 46, at + 46 + (name ?? 0));
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = inflateRawSync(archive.subarray(start, start + (packed ?? 0)));
    assert.equal(content.length, size);
    files.set(path, content);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return files;
}

describe('package', () => {
  it('gives back every file, whatever its name and bytes', () => {
    const file = fc.tuple(fc.stringMatching(/^[a-zé0-9/._-]{1,20}$/), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(fc.array(file, { maxLength: 8 }), (entries) => {
        const files = new Map(entries);
        const read = unzip(zip(files));
        assert.deepEqual([...read.keys()].toSorted(), [...files.keys()].toSorted());
        for (const [name, content] of files)
          assert.deepEqual(new Uint8Array(read.get(name) ?? []), new Uint8Array(content));
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for the same files in another order', () => {
    const [a, b] = [
      ['a.txt', Buffer.from('1')],
      ['b.txt', Buffer.from('2')],
    ] as const;
    assert.deepEqual(zip(new Map([a, b])), zip(new Map([b, a])));
  });
});

/** What `modules/app.bicep` sets with the scheduler as backend and without search and code actions. */
const SETTINGS: Readonly<Record<string, string>> = {
  AzureWebJobsStorage__credential: 'managedidentity',
  AzureWebJobsStorage__clientId: 'c-app',
  AzureWebJobsStorage__blobServiceUri: 'https://sthost.blob.core.windows.net/',
  AzureWebJobsStorage__queueServiceUri: 'https://sthost.queue.core.windows.net/',
  AzureWebJobsStorage__tableServiceUri: 'https://sthost.table.core.windows.net/',
  APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
  TASKHUB_NAME: 'countersign',
  COUNTERSIGN_PLATFORM: 'azure',
  COUNTERSIGN_TELEMETRY:
    'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://in.example/',
  COUNTERSIGN_PUBLIC_URL: 'https://func-countersign.azurewebsites.net',
  COUNTERSIGN_AUDIENCE: '00000000-0000-0000-0000-000000000000',
  COUNTERSIGN_TENANTS: '11111111-1111-4111-8111-111111111111',
  COUNTERSIGN_COSMOS_ENDPOINT: 'https://cosmos-countersign.documents.azure.com:443/',
  COUNTERSIGN_COSMOS_DATABASE: 'countersign',
  COUNTERSIGN_BLOB_ENDPOINT: 'https://start.blob.core.windows.net/',
  COUNTERSIGN_KEYS_ENDPOINT: 'https://strkey.blob.core.windows.net/',
  COUNTERSIGN_EVIDENCE_ENDPOINT: 'https://stevid.blob.core.windows.net/',
  COUNTERSIGN_KEY_VAULT: 'https://kv-keys.vault.azure.net/',
  COUNTERSIGN_SECRET_VAULT: 'https://kv-conn.vault.azure.net/',
  COUNTERSIGN_WRAPPING_KEY: 'tenant-wrapping',
  COUNTERSIGN_SIGNING_KEY: 'checkpoint-signing',
  COUNTERSIGN_CLIENT_ID: 'c-app',
  COUNTERSIGN_KEYS_CLIENT_ID: 'c-keys',
  COUNTERSIGN_SECRETS_CLIENT_ID: 'c-secrets',
  COUNTERSIGN_SIGNER_CLIENT_ID: 'c-signer',
  COUNTERSIGN_MAIL_SENDER: '',
  COUNTERSIGN_SEARCH_ENDPOINT: '',
  COUNTERSIGN_CODE_ENDPOINT: '',
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName:
    'DURABLE_TASK_SCHEDULER_CONNECTION_STRING',
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING:
    'Endpoint=https://dts.example;Authentication=ManagedIdentity;ClientID=c-app',
};

describe('package in an empty folder', () => {
  let folder = '';
  const files = contents();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-package-'));
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what a host needs and nothing of a workplace', () => {
    for (const path of files.keys())
      assert.match(
        path,
        /^(host\.json|package\.json|dist\/(app|expression-worker)[\w.-]*\.mjs|node_modules\/swagger-ui-dist\/[\w.-]+)$/,
      );
    assert.equal((JSON.parse(String(files.get('package.json'))) as { main: string }).main, 'dist/app.mjs');
    assert.ok(zip(files).length < 4 << 20, 'less than 4 MB');
  });

  it('is set by the template exactly as it is loaded here', async () => {
    const path = 'modules/app.bicep';
    const text = readFileSync(join(import.meta.dirname, '../../infra', path), 'utf8');
    const given = settingsIn((await loadParser())(path, text)).keys();
    const other = /__storageProvider__(?!connectionStringName)/;
    assert.deepEqual([...given].filter((name) => !other.test(name)).toSorted(), Object.keys(SETTINGS).toSorted());
  });

  it('loads with the settings of Azure, registers every function, and reaches nothing while it does', () => {
    const loaded = loadBundle(SETTINGS, join(folder, 'dist', 'app.mjs'));
    assert.equal(loaded.code, 0, `${loaded.error} ${loaded.errors}`);
    assert.deepEqual(loaded.did, []);
    const names = (from: typeof loaded): string[] => from.functions.map(({ name }) => name).toSorted();
    assert.deepEqual(names(loaded), names(loadBundle(LOCAL)));
  });
});
