/** The search index on SQLite's full-text search under its suite. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import { openLocalPlatform } from '../../src/platform/local/platform.ts';
import { CommitQueue } from '../../src/platform/local/commit-queue.ts';
import { localSearchIndex, SEARCH_SCHEMA, SEARCH_VERSION } from '../../src/platform/local/search-index.ts';
import { openLog, openSqlite } from '../../src/platform/local/sqlite.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { searchIndexSuite } from './search-index.suite.ts';

searchIndexSuite('SQLite', async (t) => {
  const file = join(temporaryFolder(t), 'search.db');
  const db = openSqlite({
    file,
    schema: SEARCH_SCHEMA,
    version: SEARCH_VERSION,
    waitMs: 1000,
  });
  const queue = new CommitQueue(db, openLog(db, 'NORMAL'), assert.ifError);
  t.after(async () => {
    await queue.close();
    db.close();
  });
  return localSearchIndex(db, queue);
});

test('the local platform makes the index with its first question, and has it again after a restart', async (t) => {
  const directory = temporaryFolder(t);
  const tenant = tenantId('tenant-a');
  const asked = { text: 'overtime', collections: null, as: ['user_a'], limit: 5 };
  const document = { id: 'd1', collection: 'rules', title: 'Rules', readers: ['user_a'] };
  const first = await openLocalPlatform({ directory });
  assert.equal(existsSync(join(directory, 'search.db')), false);
  await first.search.put(tenant, document, ['overtime is paid double'], 0);
  await first.close();
  const second = await openLocalPlatform({ directory });
  t.after(() => second.close());
  assert.equal((await second.search.search(tenant, asked)).length, 1);
  assert.deepEqual(await second.search.search(tenantId('tenant-b'), asked), []);
});
