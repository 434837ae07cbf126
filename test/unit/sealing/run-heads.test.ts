/** Heads read from their chains: whatever other processes write meanwhile, and whatever somebody took away. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Sqlite from 'better-sqlite3';
import { RunHeads, type ChainEnd } from '../../../src/platform/local/run-heads.ts';
import { runStatements, type RunStatements } from '../../../src/platform/local/run-statements.ts';
import type { RunStore, Written } from '../../../src/ports/run-store.ts';
import { temporaryPlatform } from '../../support/local-platform.ts';
import { sampleAudit, sampleBatch, sampleHead, sampleNext, scopeOf } from '../../support/run-samples.ts';

const A = scopeOf('tenant-a', 'r1');

/** Commits until the chain of `A` has this length; answers its head. */
async function grow(runs: RunStore, length: number) {
  if ((await runs.readHead(A)) === null) await runs.create(A, sampleBatch(sampleHead(A, 3)));
  for (;;) {
    const stored = await runs.readHead(A);
    assert.ok(stored);
    if (stored.head.audit.seq === length) return stored.head;
    const written = await runs.commit(A, stored.etag, sampleBatch(sampleNext(stored.head)));
    assert.ok((written as Written).etag);
  }
}

function second(t: TestContext, directory: string): { db: Sqlite.Database; sql: RunStatements } {
  const db = new Sqlite(join(directory, 'records.db'));
  t.after(() => db.close());
  return { db, sql: runStatements(db) };
}

test('a head is the same from memory and from the file, before, at and after each snapshot', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  const { db, sql } = second(t, directory);
  for (let length = 1; length <= 50; length++) {
    const head = await grow(platform.runs, length);
    const read = new RunHeads(db, sql, () => Promise.resolve()).read(A);
    assert.deepEqual(read?.head, head, `${length} records`);
  }
  const snapshots = db.prepare<[], string>('SELECT body FROM snapshots').pluck().all();
  assert.deepEqual(
    snapshots.map((body) => JSON.parse(body).audit.seq),
    [48],
  );
  db.exec('DELETE FROM snapshots');
  assert.deepEqual(new RunHeads(db, sql, () => Promise.resolve()).read(A)?.head, await grow(platform.runs, 50));
});

/** A run before another process commits its record 16 and the snapshot, and what does so. */
async function beside(t: TestContext) {
  const { platform, directory } = await temporaryPlatform(t);
  const before = await grow(platform.runs, 15);
  const other = second(t, directory);
  const next = sampleNext(before);
  const commit = other.db.transaction(() => {
    const { seq, hash } = next.audit;
    assert.equal(other.sql.advance.run(seq, hash, 1, 15, before.audit.hash).changes, 1);
    other.sql.putAudit.run(1, seq, JSON.stringify(sampleAudit(next)));
    other.sql.putSnapshot.run(1, JSON.stringify(next));
  });
  return { before, next, commit, ...second(t, directory) };
}

test('a head from the file is safe once all is that was committed before, and nobody may change it', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  await grow(platform.runs, 2);
  const { db, sql } = second(t, directory);
  const flush = Promise.resolve();
  const read = new RunHeads(db, sql, () => flush).read(A);
  assert.equal(read?.durable, flush);
  for (const part of [read.head, read.head.rows, read.head.rows[0]]) assert.ok(Object.isFrozen(part));
});

test('row, snapshot and records are of one moment, whoever commits between the statements', async (t) => {
  const { before, next, commit, db, sql } = await beside(t);
  let commits = 0;
  const snapshot = {
    get(n: number) {
      if (commits === 0) commit();
      commits += 1;
      return sql.snapshot.get(n);
    },
  } as RunStatements['snapshot'];
  const heads = new RunHeads(db, { ...sql, snapshot }, () => Promise.resolve());
  assert.deepEqual(heads.read(A)?.head, before);
  assert.deepEqual(heads.read(A)?.head, next);
  assert.equal(commits, 2);
});

test('so are those of a listing', async (t) => {
  const { before, next, commit, db, sql } = await beside(t);
  const heads = new RunHeads(db, sql, () => Promise.resolve());
  const find = db.prepare<[], ChainEnd>('SELECT n, seq, hash FROM heads');
  const found = heads.list(() => {
    const rows = find.all();
    commit();
    return rows;
  });
  assert.deepEqual(found, [before]);
  assert.deepEqual(
    heads.list(() => find.all()),
    [next],
  );
});

test('a chain that was cut off at its end has the head of what is left, and the end that its row names', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  const head = await grow(platform.runs, 5);
  const { db, sql } = second(t, directory);
  db.exec('DELETE FROM audit WHERE seq > 3');
  const read = new RunHeads(db, sql, () => Promise.resolve()).read(A);
  assert.deepEqual(read?.head.audit, head.audit);
  assert.notDeepEqual(read.head.rows, head.rows);
});
