/** The worked example: what a newcomer's adapter is held to as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/domain/json.ts';
import { bench } from '../../support/outside/bench.ts';

const ECHO: JsonObject = {
  kind: 'Connector',
  id: 'notifications',
  category: 'comms',
  adapter: 'comms/echo',
  resources: { people: { access: 'read', records: [{ id: 'a' }, { id: 'b' }] }, sink: { access: 'write' } },
  commands: { notify: { policies: ['notify-allowed'] } },
};

test('what it is given is its receipt, and the same key gives the same receipt', async () => {
  const { resolved, context } = await bench([ECHO]).open('notifications');
  const call = { command: 'notify', arguments: { template: 'nobody-worked' }, idempotencyKey: 'k' };
  const first = await resolved.adapter.execute(context, call);
  assert.deepEqual(first, { outcome: 'confirmed', receipt: { command: 'notify', arguments: call.arguments } });
  assert.deepEqual(await resolved.adapter.execute(context, call), first);
  const push = { resource: 'sink', mode: 'create' as const, records: [1], recordKeys: null, idempotencyKey: 'k' };
  assert.equal((await resolved.adapter.push(context, push)).outcome, 'confirmed');
  assert.deepEqual(resolved.policiesOf({ command: 'notify' }), ['notify-allowed']);
  assert.equal(resolved.adapter.command(resolved.connector, 'notify')?.honoursKey, true);
});

test('it writes nothing anywhere while it works', async (t) => {
  const written = [
    t.mock.method(process.stdout, 'write', () => true),
    t.mock.method(process.stderr, 'write', () => true),
  ];
  const { resolved, context } = await bench([ECHO]).open('notifications');
  await resolved.adapter.execute(context, { command: 'notify', arguments: { secret: 'x' }, idempotencyKey: 'k' });
  const calls = written.reduce((sum, mock) => sum + mock.mock.callCount(), 0);
  for (const mock of written) mock.mock.restore();
  assert.equal(calls, 0);
});

test('reads: list, limit, by key, none', async () => {
  const { resolved, context } = await bench([ECHO]).open('notifications');
  const all = { resource: 'people', params: {}, query: {}, pageSize: null, maxPages: null, limit: 1 };
  assert.deepEqual(await resolved.adapter.fetch(context, all), [{ id: 'a' }]);
  assert.deepEqual(await resolved.adapter.lookup(context, { resource: 'people', key: 'b' }), { id: 'b' });
  assert.equal(await resolved.adapter.lookup(context, { resource: 'people', key: 'c' }), null);
  await assert.rejects(resolved.adapter.fetch(context, { ...all, resource: 'sink' }), { code: 'READ_WRITE_MISMATCH' });
  await assert.rejects(resolved.adapter.fetch(context, { ...all, resource: 'nope' }), { code: 'RESOURCE_UNKNOWN' });
});

test('it has no network: a connector without an address reaches nothing', async () => {
  const { context } = await bench([ECHO]).open('notifications');
  await assert.rejects(context.http.send({ method: 'GET', path: '/' }), { code: 'ADDRESS_REFUSED' });
});

test('check refuses what it does not know, with a pointer', () => {
  const { adapters } = bench([]);
  assert.deepEqual(adapters.check(ECHO), []);
  const wrong = {
    ...ECHO,
    settings: { baseUrl: 'x' },
    resources: { r: { access: 'both' } },
    commands: { c: { path: '/' } },
  };
  assert.deepEqual(
    adapters.check(wrong).map((problem) => problem.pointer),
    ['/settings/baseUrl', '/resources/r/access', '/commands/c/path'],
  );
});
