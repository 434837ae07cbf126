/** The run store of the local platform under the suites of its port, and what only a store without heads can be asked. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { sha256hex } from '../../src/app/sha256.ts';
import { record } from '../../src/domain/audit/record.ts';
import { principalId } from '../../src/domain/ids.ts';
import type { Head } from '../../src/domain/run/head.ts';
import type { RunBatch, RunStore, Written } from '../../src/ports/run-store.ts';
import { temporaryPlatform } from '../support/local-platform.ts';
import { instant, SAMPLE_AT, sampleHead, sampleNext, scopeOf } from '../support/run-samples.ts';
import { runListingsSuite } from './run-listings.suite.ts';
import { runStoreFieldsSuite } from './run-store-fields.suite.ts';
import { runStoreSuite } from './run-store.suite.ts';

runStoreSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);
runListingsSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);
runStoreFieldsSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);

const scope = scopeOf('tenant-a', 'run-1');

/** A commit as the engine makes it: its record tells what has changed and no more. */
function changing(before: Head | null, after: Head): RunBatch {
  const { audit: _audit, ...fields } = after;
  const what = { at: SAMPLE_AT, by: principalId('system'), event: { type: 'POST' }, put: [], remove: [] };
  const end = before?.audit ?? { seq: 0, hash: '0'.repeat(64) };
  return { ...record(before, { ...fields, audit: end }, what, sha256hex), put: [], remove: [] };
}

/** A run of so many commits, looked at after each; answers every head that was. */
async function chainOf(
  runs: RunStore,
  length: number,
  look: (runs: RunStore, head: Head) => Promise<void> = async () => undefined,
): Promise<readonly Head[]> {
  let batch = changing(null, sampleHead(scope, 5));
  const heads = [batch.head];
  await runs.create(scope, batch);
  let etag = (await runs.readHead(scope))?.etag ?? '';
  while (heads.length < length) {
    const { head } = batch;
    // One row moves on; the deadline comes and goes, and a field gets the value that it had.
    const nextDue = heads.length % 3 === 0 ? null : instant(heads.length);
    batch = changing(head, sampleNext(head, { nextDue, partial: heads.length % 7 === 0 }));
    etag = ((await runs.commit(scope, etag, batch)) as Written).etag;
    heads.push(batch.head);
    await look(runs, batch.head);
  }
  return heads;
}

test('a head of many small commits is read as it was committed, from a snapshot at most 16 records old', async (t) => {
  const { platform, directory, reopen } = await temporaryPlatform(t);
  const file = new Sqlite(join(directory, 'records.db'), { readonly: true });
  t.after(() => file.close());
  const snapshot = file.prepare<[], number>("SELECT body ->> '$.audit.seq' FROM snapshots").pluck();
  const seen = async (runs: RunStore, head: Head): Promise<void> => {
    assert.deepEqual((await runs.listRuns(scope.tenant, {}, 2, null)).items, [head], 'read from the file');
    assert.deepEqual((await runs.readHead(scope))?.head, head);
    assert.ok(head.audit.seq - (snapshot.get() ?? 0) <= 16, `record ${head.audit.seq} is too far from its snapshot`);
  };
  const heads = await chainOf(platform.runs, 50, seen);
  const again = await reopen();
  await seen(again.runs, heads.at(-1)!);
});

test('a record that somebody put behind the end of a chain is no part of its head', async (t) => {
  const { platform, directory, reopen } = await temporaryPlatform(t);
  const last = (await chainOf(platform.runs, 18)).at(-1)!;
  const file = new Sqlite(join(directory, 'records.db'));
  t.after(() => file.close());
  const { audit } = changing(last, sampleNext(last, { state: 'FAILED' }));
  file.prepare('INSERT INTO audit(n, seq, body) VALUES(1, ?, ?)').run(audit.seq, JSON.stringify(audit));
  assert.deepEqual((await (await reopen()).runs.readHead(scope))?.head, last);
});
