/** The search index on SQLite's full-text search under its suite. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CommitQueue } from '../../src/platform/local/commit-queue.ts';
import { localSearchIndex, SEARCH_SCHEMA, SEARCH_VERSION } from '../../src/platform/local/search-index.ts';
import { openSqlite } from '../../src/platform/local/sqlite.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { searchIndexSuite } from './search-index.suite.ts';

searchIndexSuite('SQLite', async (t) => {
  const file = join(temporaryFolder(t), 'search.db');
  const db = openSqlite({
    file,
    durability: 'NORMAL',
    schema: SEARCH_SCHEMA,
    version: SEARCH_VERSION,
    exclusive: true,
    waitMs: 1000,
  });
  const queue = new CommitQueue(db, assert.ifError);
  t.after(() => {
    queue.close();
    db.close();
  });
  return localSearchIndex(db, queue);
});
