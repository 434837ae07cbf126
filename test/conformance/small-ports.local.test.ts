/** The smaller ports of the local platform under their suites; the notifier and ids, which only this platform has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import type { Notice } from '../../src/ports/notifier.ts';
import { createIds } from '../../src/platform/common/system-clock.ts';
import { openLocalSecrets } from '../../src/platform/local/open-secrets.ts';
import { openLocalPlatform } from '../../src/platform/local/platform.ts';
import { temporaryFolder, temporaryPlatform } from '../support/local-platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { definitionStoreSuite } from './definition-store.suite.ts';
import { DIRECTORY_SAMPLE, directorySuite } from './directory.suite.ts';
import { requestIndexSuite } from './request-index.suite.ts';
import { secretBrokerSuite } from './secret-broker.suite.ts';
import { tenantLogSuite } from './tenant-log.suite.ts';

const A = tenantId('tenant-a');

definitionStoreSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.definitions);
tenantLogSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.tenantLog);
secretBrokerSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.secrets);
requestIndexSuite('SQLite', async (t) => {
  const clock = manualClock();
  const { platform } = await temporaryPlatform(t, { clock });
  return { requests: platform.requests, idempotency: platform.idempotency, clock };
});
directorySuite('Directory documents', async (t) => {
  const { platform } = await temporaryPlatform(t);
  const document = { kind: 'Directory', id: 'demo', ...DIRECTORY_SAMPLE };
  const published = { kind: 'Directory' as const, id: 'demo', digest: 'd'.repeat(64), document };
  await platform.definitions.publish(A, [published], principalId('system'), '2026-11-21T10:00:00.000Z');
  return platform.directory;
});

const notice = (change: Partial<Notice> = {}): Notice => ({
  id: 'post~1',
  to: { id: principalId('anna'), name: 'Anna\nBcc: x', email: null, roles: [], groups: [], manager: null },
  kind: 'approval',
  workflow: 'labour-cost-posting',
  run: 'r1',
  step: 'review',
  request: 'request~3',
  link: 'http://localhost:7071/approve/token',
  deadline: '2026-11-22T10:00:00.000Z',
  ...change,
});

test('a notice is one private file in the inbox of its person, however often it is delivered', async (t) => {
  const { platform, directory } = await temporaryPlatform(t, { homeTenant: A });
  for (let n = 0; n < 3; n++) await platform.notifier.deliver(A, notice());
  await platform.notifier.deliver(A, notice({ id: 'post~2', kind: 'reminder' }));
  const inbox = join(directory, 'inbox', 'anna');
  const files = readdirSync(inbox);
  assert.equal(files.length, 2);
  for (const file of files) assert.equal(statSync(join(inbox, file)).mode & 0o777, 0o600);
  const text = files.map((file) => readFileSync(join(inbox, file), 'utf8')).join('\n');
  assert.match(text, /^http:\/\/localhost:7071\/approve\/token$/m);
  assert.match(text, /Answer before: 2026-11-22/);
  assert.match(text, /^To: Anna Bcc: x$/m);
});

test('a notice never leaves the inbox, and people of other tenants have folders of their own', async (t) => {
  const { platform, directory } = await temporaryPlatform(t, { homeTenant: A });
  const odd = { ...notice().to, id: principalId('../../y') };
  await platform.notifier.deliver(A, notice({ id: '../../../x', to: odd }));
  await platform.notifier.deliver(tenantId('tenant-b'), notice());
  await platform.notifier.deliver(A, notice());
  const folders = readdirSync(join(directory, 'inbox'));
  assert.equal(folders.length, 3);
  assert.equal((readdirSync(join(directory, 'inbox'), { recursive: true }) as string[]).length, 6);
});

test('ids are [a-z0-9], all different, and sort by the time at which they were made', async () => {
  const clock = manualClock();
  const ids = createIds(clock);
  const made: string[] = [];
  for (let n = 0; n < 2000; n++) {
    made.push(ids.next());
    clock.advance(1);
  }
  assert.equal(new Set(made).size, made.length);
  assert.deepEqual([...made].sort(), made);
  for (const id of made) assert.match(id, /^[a-z0-9]{25}$/);
});

test('everything in the data folder survives closing and opening it again', async (t) => {
  const temporary = await temporaryPlatform(t);
  const before = temporary.platform;
  await before.secrets.set(A, 'erp-token', 'hunter2', ['erp.test']);
  const entry = { at: before.clock.now(), by: principalId('system'), type: 'secret.set', facts: { name: 'erp-token' } };
  await before.tenantLog.append(A, entry);
  const mac = (await before.keys.mac(A, 'index')).export().toString('hex');
  const after = await temporary.reopen();
  assert.equal(await after.secrets.resolve(A, 'erp-token', 'erp.test'), 'hunter2');
  assert.equal((await after.tenantLog.append(A, entry)).seq, 2);
  assert.equal((await after.keys.mac(A, 'index')).export().toString('hex'), mac);
});

test('a secret set by another process while the host runs is there at once', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  const beside = openLocalSecrets(directory);
  t.after(() => beside.close());
  await beside.secrets.set(A, 'erp-token', 'hunter2', ['erp.test']);
  assert.equal(await platform.secrets.resolve(A, 'erp-token', 'erp.test'), 'hunter2');
  await platform.secrets.set(A, 'crm-key', 'other', ['crm.test']);
  assert.equal(await beside.secrets.resolve(A, 'crm-key', 'crm.test'), 'other');
});

test('a sealed secret put under another name, with other hosts, does not open there', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  await platform.secrets.set(A, 'erp-token', 'hunter2', ['erp.test']);
  await platform.secrets.set(A, 'weather', 'harmless', ['mine.test']);
  const file = new Sqlite(join(directory, 'secrets.db'));
  t.after(() => file.close());
  file.exec("UPDATE secrets SET value = (SELECT value FROM secrets WHERE name = 'erp-token') WHERE name = 'weather'");
  await assert.rejects(platform.secrets.resolve(A, 'weather', 'mine.test'), { code: 'SEAL_BROKEN' });
});

test('secrets can be set before a host has ever run, in a folder that only its owner may read', async (t) => {
  const directory = join(temporaryFolder(t), 'data');
  const beside = openLocalSecrets(directory);
  await beside.secrets.set(A, 'erp-token', 'hunter2', ['erp.test']);
  await beside.close();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  const platform = await openLocalPlatform({ directory, durability: 'NORMAL' });
  t.after(() => platform.close());
  assert.equal(await platform.secrets.resolve(A, 'erp-token', 'erp.test'), 'hunter2');
});
