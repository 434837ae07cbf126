/** Does the file keep its promises: one host, one transaction a turn, nothing told before it is written? */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openHub } from '../../../src/host/hub/hub.ts';
import { Store } from '../../../src/host/hub/store.ts';
import { testHub } from './support.ts';

const rethrow = (error: unknown): never => {
  throw error;
};

function inFolder(body: (file: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'store-'));
    try {
      await body(join(folder, 'hub.sqlite'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

test(
  'what one turn writes is one transaction, told after its commit and not before',
  inFolder(async (file) => {
    const store = new Store({ file, durability: 'NORMAL', onFatal: rethrow });
    const told: string[] = [];
    const insert = store.db.prepare('INSERT INTO meta VALUES(?, ?)');
    store.write(
      () => insert.run('a', '1'),
      () => told.push(`a, in transaction: ${store.db.inTransaction}`),
    );
    store.write(
      () => assert.ok(store.db.inTransaction),
      () => told.push('b'),
    );
    assert.deepEqual(told, []);
    await store.committed();
    assert.deepEqual(told, ['a, in transaction: false', 'b']);
    store.close();
  }),
);

test(
  'a commit that fails is fatal and tells nobody',
  inFolder((file) => {
    const fatal: unknown[] = [];
    const store = new Store({ file, durability: 'FULL', onFatal: (error) => fatal.push(error) });
    store.db.pragma('max_page_count = 12');
    const insert = store.db.prepare('INSERT INTO meta VALUES(?, ?)');
    let told = false;
    store.write(
      () => insert.run('big', 'x'.repeat(1_000_000)),
      () => (told = true),
    );
    assert.throws(() => store.flush(), { code: 'SQLITE_FULL' });
    assert.equal(fatal.length, 1);
    assert.equal(told, false);
    store.db.close();
  }),
);

test(
  'a read sees every write asked for before it',
  inFolder((file) => {
    const store = new Store({ file, durability: 'NORMAL', onFatal: rethrow });
    store.write(() => store.db.prepare("INSERT INTO meta VALUES('k', 'v')").run());
    assert.equal(
      store.read((db) => db.prepare("SELECT value FROM meta WHERE key = 'k'").pluck().get()),
      'v',
    );
    store.close();
  }),
);

test('a second host on the same file is told so', async () => {
  const hub = await testHub();
  try {
    const second = openHub({ file: hub.file, hubName: 'h', durability: 'NORMAL', log: () => undefined });
    await assert.rejects(second, /Another host uses .*hub\.sqlite/);
  } finally {
    await hub.stop();
  }
});

test(
  'a damaged file is named, with what to do about it',
  inFolder(async (file) => {
    writeFileSync(file, 'this is no database '.repeat(500));
    const opened = openHub({ file, hubName: 'h', durability: 'NORMAL', log: () => undefined });
    await assert.rejects(opened, /hub\.sqlite is damaged .*move it away/);
  }),
);
