/** Group commit: who is acknowledged when, and what a failed COMMIT does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Database } from 'better-sqlite3';
import { CommitQueue } from '../../../src/platform/local/commit-queue.ts';
import { openSqlite } from '../../../src/platform/local/sqlite.ts';
import { temporaryFolder } from '../../support/local-platform.ts';

function open(
  t: TestContext,
  schema: string,
  onFatal: (error: unknown) => void = assert.ifError,
): { db: Database; queue: CommitQueue } {
  const file = join(temporaryFolder(t), 'x.db');
  const db = openSqlite({ file, durability: 'NORMAL', schema, version: 1, exclusive: true, waitMs: 100 });
  t.after(() => db.close());
  return { db, queue: new CommitQueue(db, onFatal) };
}
const TABLE = 'CREATE TABLE IF NOT EXISTS x(n INTEGER PRIMARY KEY);';
const rows = (db: Database): unknown[] => db.prepare('SELECT n FROM x ORDER BY n').pluck().all();

test('work of one turn is one transaction; what throws undoes only itself', async (t) => {
  const { db, queue } = open(t, TABLE);
  let transactions = 0;
  const insert = db.prepare('INSERT INTO x VALUES(?)');
  const work = (n: number) => () => {
    transactions += Number(db.inTransaction);
    insert.run(n);
    if (n === 2) throw new Error('no');
    return n * 10;
  };
  const results = await Promise.allSettled([1, 2, 3].map((n) => queue.run(work(n))));
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(rows(db), [1, 3]);
  assert.equal(transactions, 3);
  assert.equal((results[2] as PromiseFulfilledResult<number>).value, 30);
});

test('a failed COMMIT acknowledges nobody and is fatal', async (t) => {
  const fatal: unknown[] = [];
  const schema = `${TABLE} CREATE TABLE IF NOT EXISTS y(x INTEGER REFERENCES x(n) DEFERRABLE INITIALLY DEFERRED);`;
  const { db, queue } = open(t, schema, (error) => fatal.push(error));
  db.pragma('foreign_keys = ON');
  const good = queue.run(() => db.prepare('INSERT INTO x VALUES(1)').run());
  // Breaks a deferred constraint, which SQLite finds out at COMMIT only.
  const bad = queue.run(() => db.prepare('INSERT INTO y VALUES(99)').run());
  const results = await Promise.allSettled([good, bad]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  );
  assert.equal(fatal.length, 1);
  assert.deepEqual(rows(db), []);
  await assert.rejects(
    queue.run(() => 1),
    /closed/,
  );
});

test('close commits what waits; nothing is taken afterwards', async (t) => {
  const { db, queue } = open(t, TABLE);
  const last = queue.run(() => db.prepare('INSERT INTO x VALUES(7)').run());
  queue.close();
  await last;
  assert.deepEqual(rows(db), [7]);
  await assert.rejects(
    queue.run(() => 1),
    /closed/,
  );
});

test('a file of another release is refused, not changed', async (t) => {
  const file = join(temporaryFolder(t), 'x.db');
  const options = { file, durability: 'NORMAL' as const, schema: TABLE, exclusive: false, waitMs: 100 };
  openSqlite({ ...options, version: 2 }).close();
  assert.throws(() => openSqlite({ ...options, version: 1 }), { code: 'STORE_UNAVAILABLE' });
  openSqlite({ ...options, version: 2 }).close();
});

test('a full disk fails the group that meets it, and the store goes on once there is room', async (t) => {
  const { db, queue } = open(t, 'CREATE TABLE IF NOT EXISTS x(n INTEGER PRIMARY KEY, body TEXT);');
  const insert = db.prepare('INSERT INTO x VALUES(?, ?)');
  await queue.run(() => insert.run(1, 'first'));
  db.pragma('max_page_count = 4');
  const results = await Promise.allSettled([
    queue.run(() => insert.run(2, 'small')),
    queue.run(() => insert.run(3, 'x'.repeat(100_000))),
    queue.run(() => insert.run(4, 'small')),
  ]);
  const failed = results.filter((result) => result.status === 'rejected');
  assert.ok(failed.length > 0);
  // Whoever was acknowledged is there, whoever was not is not.
  const there = results.flatMap((result, n) => (result.status === 'fulfilled' ? [n + 2] : []));
  assert.deepEqual(rows(db), [1, ...there]);
  db.pragma('max_page_count = 1000');
  await queue.run(() => insert.run(9, 'x'.repeat(100_000)));
  assert.deepEqual(rows(db), [1, ...there, 9]);
});

test('a file locked by another writer is unavailable, not broken', async (t) => {
  const file = join(temporaryFolder(t), 'x.db');
  const options = { file, durability: 'NORMAL' as const, schema: TABLE, version: 1, exclusive: false, waitMs: 1 };
  const [one, two] = [openSqlite(options), openSqlite(options)];
  t.after(() => [one, two].forEach((db) => db.close()));
  const queue = new CommitQueue(two, assert.ifError);
  one.exec('BEGIN IMMEDIATE');
  await assert.rejects(
    queue.run(() => two.prepare('INSERT INTO x VALUES(1)').run()),
    { code: 'STORE_UNAVAILABLE' },
  );
  one.exec('COMMIT');
  await queue.run(() => two.prepare('INSERT INTO x VALUES(1)').run());
  assert.deepEqual(rows(one), [1]);
});
