/** The double of Cosmos DB does what its emulators do not: atomic batches, both levels of the key, etags, TTL, limits, roles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosmosClient } from '../../../src/platform/azure/cosmos/client.ts';
import { evaluate, parseQuery, SqlRefused } from '../../support/azure/cosmos/sql.ts';
import { testCosmos, testCredential } from '../../support/azure/platform.ts';

const item = (id: string, tenantId = 'a', scopeId = 's', more: object = {}) => ({ id, tenantId, scopeId, ...more });

async function open(t: Parameters<typeof testCosmos>[0], nowMs?: () => number) {
  const { server, containers } = await testCosmos(t, nowMs === undefined ? {} : { nowMs });
  const client = cosmosClient(server.url, testCredential, 3_000);
  t.after(() => client.dispose());
  return { server, containers, raw: client.database('countersign').container('runs') };
}

test('a batch that fails in its last operation has written nothing', async (t) => {
  const { containers } = await open(t);
  await containers.batch('runs', ['a', 's'], [{ kind: 'create', item: item('taken') }]);
  const outcome = await containers.batch(
    'runs',
    ['a', 's'],
    [
      { kind: 'create', item: item('new') },
      { kind: 'upsert', item: item('taken', 'a', 's', { changed: true }) },
      { kind: 'create', item: item('taken') },
    ],
  );
  assert.deepEqual(outcome, { done: false, at: 2, status: 409 });
  assert.equal(await containers.read('runs', ['a', 's'], 'new'), null);
  const taken = await containers.read('runs', ['a', 's'], 'taken');
  assert.ok(taken !== null && taken !== 'unchanged' && !('changed' in taken.item));
});

test('both levels of the partition key count; half a key and an item of another partition are refused', async (t) => {
  const { containers, raw } = await open(t);
  await containers.batch('runs', ['a', 's'], [{ kind: 'create', item: item('x') }]);
  assert.equal(await containers.read('runs', ['a', 'other'], 'x'), null);
  assert.equal(await containers.read('runs', ['b', 's'], 'x'), null);
  await assert.rejects(raw.item('x', ['a']).read(), { code: 400 });
  await assert.rejects(containers.batch('runs', ['a', 's'], [{ kind: 'create', item: item('y', 'b') }]), {
    code: 'STORE_UNAVAILABLE',
  });
});

test('the tenant log takes creations only', async (t) => {
  const { containers } = await open(t);
  const one = await containers.batch('tenant-log', ['a', 's'], [{ kind: 'create', item: item('x') }]);
  assert.ok(one.done);
  for (const operation of [
    { kind: 'upsert', item: item('x') },
    { kind: 'replace', item: item('x'), etag: one.etags[0] ?? '' },
    { kind: 'delete', id: 'x' },
  ] as const)
    await assert.rejects(containers.batch('tenant-log', ['a', 's'], [operation]), { code: 'STORE_UNAVAILABLE' });
});

test('an item with a time to live is gone afterwards, and its name is free', async (t) => {
  let now = 0;
  const { containers } = await open(t, () => now);
  await containers.batch('work', ['a', 's'], [{ kind: 'create', item: item('x', 'a', 's', { ttl: 60 }) }]);
  now = 59_000;
  assert.notEqual(await containers.read('work', ['a', 's'], 'x'), null);
  now = 60_000;
  assert.equal(await containers.read('work', ['a', 's'], 'x'), null);
  assert.ok((await containers.batch('work', ['a', 's'], [{ kind: 'create', item: item('x') }])).done);
});

test('an old etag is refused, the same one answers "unchanged"', async (t) => {
  const { containers } = await open(t);
  const made = await containers.batch('runs', ['a', 's'], [{ kind: 'create', item: item('x') }]);
  const etag = made.done ? (made.etags[0] ?? '') : '';
  assert.equal(await containers.read('runs', ['a', 's'], 'x', etag), 'unchanged');
  assert.ok((await containers.batch('runs', ['a', 's'], [{ kind: 'replace', item: item('x'), etag }])).done);
  assert.deepEqual(await containers.batch('runs', ['a', 's'], [{ kind: 'replace', item: item('x'), etag }]), {
    done: false,
    at: 0,
    status: 412,
  });
});

test('long results come over pages, in one partition and over all', async (t) => {
  const { server, containers } = await open(t);
  for (let scope = 0; scope < 6; scope++) {
    const operations = Array.from({ length: 90 }, (_, n) => ({
      kind: 'create' as const,
      item: item(`i${n}`, 'a', `s${scope}`, { seq: scope * 90 + n }),
    }));
    await containers.batch('runs', ['a', `s${scope}`], operations);
  }
  const query = 'SELECT * FROM c WHERE c.tenantId = @tenant ORDER BY c.seq DESC';
  const rows = await containers.query<{ seq: number }>('runs', {
    query,
    parameters: [{ name: '@tenant', value: 'a' }],
  });
  assert.deepEqual(
    rows.map(({ seq }) => seq),
    Array.from({ length: 540 }, (_, n) => 539 - n),
  );
  assert.ok(
    server.log.some(({ headers }) => headers['x-ms-continuation'] !== undefined),
    'pages were followed',
  );
});

test('a request without a token of Entra is refused', async (t) => {
  const { server } = await open(t);
  const response = await fetch(`${server.url}/`, { headers: { authorization: 'type=master&ver=1.0&sig=x' } });
  assert.equal(response.status, 401);
});

test('the query language is a subset: what it does not know is refused, and undefined matches nothing', () => {
  const ask = (sql: string, items: readonly unknown[]) => evaluate(parseQuery(sql), items, new Map([['@x', 2]]));
  const items = [{ n: 1, s: 'a' }, { n: 2 }, { n: '2' }, { s: null }];
  assert.deepEqual(ask('SELECT * FROM c WHERE c.n >= @x', items), [{ n: 2 }]);
  assert.deepEqual(ask('SELECT VALUE c.n FROM c WHERE IS_DEFINED(c.s) AND NOT c.n = 5', items), [1]);
  assert.deepEqual(ask('SELECT TOP 1 c.n AS m FROM c WHERE c.n = 1 OR c.n = 2 ORDER BY c.n DESC', items), [{ m: 2 }]);
  assert.deepEqual(ask('SELECT * FROM c WHERE c.missing != 1', items), []);
  for (const unknown of [
    'SELECT COUNT(1) FROM c',
    'SELECT * FROM c JOIN d',
    'SELECT * FROM c WHERE x.y = 1',
    'DELETE FROM c',
    "SELECT * FROM c WHERE c.a LIKE 'x'",
  ])
    assert.throws(() => ask(unknown, items), SqlRefused, unknown);
});

test('a query by a path that the deployed index leaves out is refused', async (t) => {
  const { containers } = await open(t);
  const query = 'SELECT * FROM c WHERE c.tenantId = "a" AND c.body.state = "RUNNING"';
  await assert.rejects(containers.query('runs', { query }), { code: 'STORE_UNAVAILABLE' });
});
