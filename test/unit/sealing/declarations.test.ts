/** Every stored field is declared: the schemas on the disk, the declarations in the code and the owners' table agree. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { tenantId } from '../../../src/domain/ids.ts';
import { RUN_DOCUMENT_FIELDS } from '../../../src/domain/run/documents.ts';
import * as stored from '../../../src/domain/sealing/stored.ts';
import * as ports from '../../../src/platform/common/stored-ports.ts';
import { COLUMNS } from '../../../src/platform/local/columns.ts';
import type { Written } from '../../../src/ports/run-store.ts';
import { temporaryPlatform } from '../../support/local-platform.ts';
import {
  sampleBatch,
  sampleEffect,
  sampleHead,
  sampleNext,
  sampleRequest,
  sampleResult,
  scopeOf,
} from '../../support/run-samples.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const table = readFileSync(join(root, 'src', 'platform', 'common', 'SEALING.md'), 'utf8');

function schemaOf(file: string): Record<string, string[]> {
  const db = new Sqlite(file, { readonly: true });
  const names = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  const columns = db.prepare('SELECT name FROM pragma_table_info(?) ORDER BY name').pluck();
  const schema = Object.fromEntries(names.map((name) => [name, columns.all(name) as string[]]));
  db.close();
  return schema;
}

test('P8: every column of every table of every database in the data folder is declared, and nothing else is', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  await platform.close();
  const files = readdirSync(directory).filter((name) => name.endsWith('.db'));
  assert.deepEqual(files.sort(), Object.keys(COLUMNS).sort());
  for (const file of files) {
    const declared = Object.fromEntries(
      Object.entries(COLUMNS[file] ?? {}).map(([name, columns]) => [name, Object.keys(columns).sort()]),
    );
    assert.deepEqual(schemaOf(join(directory, file)), declared, file);
  }
});

test('every table, document kind and folder of the data folder has its row in the owners’ table', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  await platform.blobs.put(tenantId('tenant-a'), 'run/r1/x', Buffer.from('x'));
  const tables = Object.values(COLUMNS).flatMap((file) => Object.keys(file));
  const folders = readdirSync(directory, { withFileTypes: true });
  const names = [
    ...tables,
    ...Object.keys(RUN_DOCUMENT_FIELDS),
    ...folders.filter((entry) => entry.isDirectory()).map((entry) => `${entry.name}/`),
    'master.key',
  ];
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  for (const name of names)
    assert.ok(
      rows.some((row) => row.includes(`\`${name}\``)),
      name,
    );
});

test('every clear field gives a reason, every sealed field an owner, and the table names each sealed field', () => {
  const declarations = [
    ...Object.values(RUN_DOCUMENT_FIELDS),
    ...Object.values(stored),
    ...Object.values(ports),
  ] as stored.Declaration[];
  assert.ok(declarations.length >= 18);
  for (const fields of declarations) {
    for (const [name, field] of Object.entries(fields)) {
      if ('sealed' in field) {
        assert.ok(['run', 'tenant', 'request', 'document'].includes(field.sealed));
        assert.match(table, new RegExp(`\`${name}\``));
      } else assert.ok(field.clear.length >= 4, name);
    }
  }
});

test('what lies in the bodies on the disk are exactly the declared fields', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  const scope = scopeOf('tenant-a', 'r1');
  const put = [sampleResult(1, 1), sampleEffect(1), sampleRequest(1)];
  let head = sampleHead(scope, 2);
  await platform.runs.create(scope, sampleBatch(head, { put }));
  // Until there is a snapshot.
  for (let etag = (await platform.runs.readHead(scope))!.etag; head.audit.seq < 16;) {
    head = sampleNext(head);
    etag = ((await platform.runs.commit(scope, etag, sampleBatch(head))) as Written).etag;
  }
  await platform.close();
  const db = new Sqlite(join(directory, 'records.db'), { readonly: true });
  for (const name of ['snapshots', 'documents', 'audit']) {
    const column = COLUMNS['records.db']?.[name]?.['body'] as { fields: stored.Declaration[] };
    const allowed = column.fields.map((fields) => Object.keys(fields).sort().join());
    const bodies = db.prepare(`SELECT body FROM ${name}`).pluck().all() as string[];
    assert.ok(bodies.length > 0);
    for (const body of bodies)
      assert.ok(
        allowed.includes(
          Object.keys(JSON.parse(body) as object)
            .sort()
            .join(),
        ),
        `${name}: ${body.slice(0, 80)}`,
      );
  }
  db.close();
});
