/** A data folder that an earlier release wrote is taken over: every run goes on where it stood. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { openLocalPlatform } from '../../../src/platform/local/platform.ts';
import { temporaryFolder } from '../../support/local-platform.ts';
import { sampleAudit, sampleBatch, sampleHead, sampleNext, scopeOf } from '../../support/run-samples.ts';

/** What this test needs of version 1: the head whole in its row. */
const VERSION_1 = `
CREATE TABLE heads(
  n INTEGER PRIMARY KEY, tenant TEXT NOT NULL, run TEXT NOT NULL, etag TEXT NOT NULL, state TEXT NOT NULL,
  workflow TEXT NOT NULL, business_key TEXT, created_at TEXT NOT NULL, next_due TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX heads_run ON heads(tenant, run);
CREATE TABLE audit(n INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(n, seq));
PRAGMA user_version = 1;`;

test('records of version 1: heads, chains and listings are there, and a run goes on', async (t) => {
  const directory = temporaryFolder(t);
  const scopes = ['r1', 'r2'].map((run) => scopeOf('tenant-a', run));
  const heads = scopes.map((scope) => sampleNext(sampleNext(sampleHead(scope, 3))));
  const db = new Sqlite(join(directory, 'records.db'));
  db.exec(VERSION_1);
  const insert = db.prepare('INSERT INTO heads VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const record = db.prepare('INSERT INTO audit VALUES(?, ?, ?)');
  for (const [at, head] of heads.entries()) {
    const { tenant, run, state, workflow, businessKey, createdAt, nextDue } = head;
    insert.run(at + 1, tenant, run, 'x.7', state, workflow, businessKey, createdAt, nextDue, JSON.stringify(head));
    for (let seq = 1; seq <= 3; seq++) record.run(at + 1, seq, JSON.stringify(sampleAudit(head, { seq })));
  }
  db.close();

  for (const round of [1, 2]) {
    const platform = await openLocalPlatform({ directory, durability: 'NORMAL' });
    const { items } = await platform.runs.listRuns(scopes[0]!.tenant, {}, 10, null);
    assert.equal(items.length, 2);
    for (const [at, scope] of scopes.entries()) {
      const stored = await platform.runs.readHead(scope);
      assert.ok(stored);
      assert.deepEqual(stored.head, heads[at]);
      const next = sampleNext(stored.head);
      assert.notEqual(await platform.runs.commit(scope, stored.etag, sampleBatch(next)), 'conflict');
      assert.equal((await platform.runs.readAudit(scope, 1, 10)).length, 3 + round);
      heads[at] = next;
    }
    await platform.close();
  }
});
