/** Group commit: who is acknowledged when, and what a failed COMMIT does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Database } from 'better-sqlite3';
import type { Cursors } from '../../../src/platform/common/cursor.ts';
import { CommitQueue } from '../../../src/platform/local/commit-queue.ts';
import { RECORDS_SCHEMA } from '../../../src/platform/local/records-schema.ts';
import { localRunStore } from '../../../src/platform/local/run-store.ts';
import { openLog, openSqlite, type Log } from '../../../src/platform/local/sqlite.ts';
import type { StoredHead, Written } from '../../../src/ports/run-store.ts';
import { temporaryFolder } from '../../support/local-platform.ts';
import { sampleBatch, sampleHead, sampleNext, sampleRequest, scopeOf } from '../../support/run-samples.ts';

function open(
  t: TestContext,
  schema: string,
  onFatal: (error: unknown) => void = assert.ifError,
  log?: Log,
): { db: Database; queue: CommitQueue } {
  const file = join(temporaryFolder(t), 'x.db');
  const db = openSqlite({ file, schema, version: 1, waitMs: 100 });
  t.after(() => db.close());
  return { db, queue: new CommitQueue(db, log ?? openLog(db, 'NORMAL'), onFatal) };
}
const TABLE = 'CREATE TABLE IF NOT EXISTS x(n INTEGER PRIMARY KEY);';
const rows = (db: Database): unknown[] => db.prepare('SELECT n FROM x ORDER BY n').pluck().all();

test('work of one turn is one transaction; what throws undoes only itself', async (t) => {
  const { db, queue } = open(t, TABLE);
  const outside: number[] = [];
  let tries = 0;
  const insert = db.prepare('INSERT INTO x VALUES(?)');
  const work = (n: number) => () => {
    if (!db.inTransaction) outside.push(n);
    tries += 1;
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
  // The first two, then, with a way back round each, all three.
  assert.deepEqual([outside, tries], [[], 5]);
  assert.equal((results[2] as PromiseFulfilledResult<number>).value, 30);
});

test('work that throws alone leaves nothing behind either', async (t) => {
  const { db, queue } = open(t, TABLE);
  const alone = queue.run(() => {
    db.prepare('INSERT INTO x VALUES(1)').run();
    throw new Error('no');
  });
  await assert.rejects(alone, /no/);
  assert.deepEqual(rows(db), []);
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

/** A log whose flushes end when the test says so. */
function slowLog(): { readonly log: Log; readonly flushes: PromiseWithResolvers<void>[] } {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flush = (): Promise<void> => {
    const pending = Promise.withResolvers<void>();
    flushes.push(pending);
    return pending.promise;
  };
  return { log: { flush, close: () => undefined }, flushes };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('nothing is acknowledged before a flush that began after its commit', async (t) => {
  const { log, flushes } = slowLog();
  const { db, queue } = open(t, TABLE, assert.ifError, log);
  const told: string[] = [];
  const insert = db.prepare('INSERT INTO x VALUES(?)');
  const first = queue.run(() => insert.run(1)).then(() => told.push('first'));
  await turn();
  assert.equal(flushes.length, 1);
  // These are committed, and seen, while the first flush is under way: it may have begun too early for them.
  const second = queue.run(() => insert.run(2)).then(() => told.push('second'));
  const ahead = await queue.apply(() => insert.run(3).changes);
  const durable = ahead.durable.then(() => told.push('ahead'));
  const asked = queue.durable.then(() => told.push('asked'));
  assert.deepEqual([rows(db), told, flushes.length], [[1, 2, 3], [], 1]);
  flushes[0]?.resolve();
  await first;
  await turn();
  assert.deepEqual([told, flushes.length], [['first'], 2]);
  flushes[1]?.resolve();
  await Promise.all([second, durable, asked]);
  assert.deepEqual(told.toSorted(), ['ahead', 'asked', 'first', 'second']);
  await queue.close();
  assert.equal(flushes.length, 2);
});

test('a head is read at once by nobody, and by everybody when it is on the disk', async (t) => {
  const { log, flushes } = slowLog();
  const { db, queue } = open(t, RECORDS_SCHEMA, assert.ifError, log);
  const runs = localRunStore(db, queue, {} as Cursors);
  const scope = scopeOf('tenant-a', 'r1');
  const told: string[] = [];
  const created = runs.create(scope, sampleBatch(sampleHead(scope, 2))).then((outcome) => told.push(outcome));
  await turn();
  await turn();
  assert.deepEqual(told.splice(0), [], 'a run is begun when it is on the disk');
  flushes.at(-1)?.resolve();
  await created;
  assert.deepEqual(told.splice(0), ['created']);
  const first = (await runs.readHead(scope)) as StoredHead;
  const next = sampleNext(first.head);
  const written = await runs.commit(scope, first.etag, sampleBatch(next, { put: [sampleRequest(1)] }));
  const all = [
    runs.readHead(scope).then((stored) => told.push(`head ${stored?.head.audit.seq}`)),
    runs.readAudit(scope, 1, 9).then((records) => told.push(`chain ${records.length}`)),
    runs.listRuns(scope.tenant, {}, 9, null).then(({ items }) => told.push(`listed ${items[0]?.audit.seq}`)),
    runs.listOpenRequests(scope.tenant, 9, null).then(({ items }) => told.push(`asked ${items.length}`)),
  ];
  await turn();
  assert.deepEqual(told, []);
  // The run's own turn goes on from it meanwhile.
  assert.notEqual(await runs.commit(scope, (written as Written).etag, sampleBatch(sampleNext(next))), 'conflict');
  for (; told.length < all.length; await turn()) flushes.at(-1)?.resolve();
  assert.deepEqual(told.toSorted(), ['asked 1', 'chain 2', 'head 2', 'listed 2']);
  flushes.at(-1)?.resolve();
});

test('FULL asks the system to flush the log, NORMAL asks for nothing', async (t) => {
  const { db } = open(t, TABLE);
  const [full, normal] = [openLog(db, 'FULL'), openLog(db, 'NORMAL')];
  await full.flush();
  for (const log of [full, normal]) log.close();
  await normal.flush();
  await assert.rejects(full.flush(), { code: 'EBADF' });
});

test('a failed flush acknowledges nobody and is fatal', async (t) => {
  const fatal: unknown[] = [];
  const broken = new Error('EIO');
  const log: Log = { flush: () => Promise.reject(broken), close: () => undefined };
  const { db, queue } = open(t, TABLE, (error) => fatal.push(error), log);
  await assert.rejects(
    queue.run(() => db.prepare('INSERT INTO x VALUES(1)').run()),
    broken,
  );
  assert.deepEqual(fatal, [broken]);
  await assert.rejects(
    queue.run(() => 1),
    /closed/,
  );
});

test('close commits what waits; nothing is taken afterwards', async (t) => {
  const { db, queue } = open(t, TABLE);
  const last = queue.run(() => db.prepare('INSERT INTO x VALUES(7)').run());
  await queue.close();
  assert.deepEqual(rows(db), [7]);
  await last;
  await assert.rejects(
    queue.run(() => 1),
    /closed/,
  );
});

test('the log is closed when all that was committed is on the disk', async (t) => {
  const { log, flushes } = slowLog();
  const told: string[] = [];
  const { db, queue } = open(t, TABLE, assert.ifError, { ...log, close: () => void told.push('closed') });
  const last = queue.run(() => db.prepare('INSERT INTO x VALUES(7)').run()).then(() => told.push('written'));
  const closing = queue.close();
  await turn();
  assert.deepEqual(told, []);
  flushes[0]?.resolve();
  await Promise.all([last, closing]);
  assert.deepEqual(told.toSorted(), ['closed', 'written']);
});

test('a file of another release is refused, not changed', async (t) => {
  const file = join(temporaryFolder(t), 'x.db');
  const options = { file, schema: TABLE, waitMs: 100 };
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
  const options = { file, schema: TABLE, version: 1, waitMs: 1 };
  const [one, two] = [openSqlite(options), openSqlite(options)];
  t.after(() => [one, two].forEach((db) => db.close()));
  const queue = new CommitQueue(two, openLog(two, 'NORMAL'), assert.ifError);
  one.exec('BEGIN IMMEDIATE');
  await assert.rejects(
    queue.run(() => two.prepare('INSERT INTO x VALUES(1)').run()),
    { code: 'STORE_UNAVAILABLE', message: 'STORE_UNAVAILABLE: SQLITE_BUSY' },
  );
  one.exec('COMMIT');
  await queue.run(() => two.prepare('INSERT INTO x VALUES(1)').run());
  assert.deepEqual(rows(one), [1]);
});
