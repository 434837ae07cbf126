/** Are status codes, bodies and headers those of the real management API, and does the SDK's client agree? */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { both } from './modes.ts';
import { pick, testHub, type Status, type TestHub } from './support.ts';

type Call = (...all: unknown[]) => Promise<unknown>;
type ClientMethod =
  | 'startNew'
  | 'raiseEvent'
  | 'getStatus'
  | 'getStatusAll'
  | 'getStatusBy'
  | 'rewind'
  | 'signalEntity'
  | 'readEntityState'
  | 'purgeInstanceHistory'
  | 'purgeInstanceHistoryBy';
type Client = Record<ClientMethod, Call>;

const require = createRequire(import.meta.url);
const { DurableClient } = require('durable-functions/lib/src/durableClient/DurableClient.js') as {
  DurableClient: new (data: unknown) => Client;
};
const { OrchestrationClientInputData } =
  require('durable-functions/lib/src/durableClient/OrchestrationClientInputData.js') as {
    OrchestrationClientInputData: { isOrchestrationClientInputData(data: unknown): boolean };
  };

function clientOf(hub: TestHub) {
  const data = JSON.parse(hub.hub.clientBinding(hub.url, `${hub.url}/durabletask/`, 'key')) as unknown;
  assert.ok(OrchestrationClientInputData.isOrchestrationClientInputData(data));
  return new DurableClient(data);
}

async function withHub(body: (hub: TestHub) => Promise<void>): Promise<void> {
  const hub = await testHub();
  try {
    await body(hub);
  } finally {
    await hub.stop();
  }
}

test('start answers 202 with links, Location and Retry-After', () =>
  withHub(async (hub) => {
    const response = await hub.call('POST', 'orchestrators/chain/my-id', { n: 1 });
    assert.equal(response.status, 202);
    const links = (await response.json()) as Record<string, string>;
    assert.equal(links['id'], 'my-id');
    assert.equal(response.headers.get('location'), links['statusQueryGetUri']);
    assert.equal(response.headers.get('retry-after'), '10');
    assert.ok(links['sendEventPostUri']?.includes('/instances/my-id/raiseEvent/{eventName}?taskHub=test'));
    assert.ok(links['terminatePostUri']?.endsWith('&code=key'));
  }));

test('starting a living id is 409 with the real text; an ended one is replaced', () =>
  withHub(async (hub) => {
    await hub.start('waiter', { names: ['a'] }, 'one');
    await hub.until('one', 'Running');
    const refused = await hub.call('POST', 'orchestrators/chain/one', { n: 2 });
    assert.equal(refused.status, 409);
    assert.deepEqual(await refused.json(), {
      Message: 'An Orchestration instance with the status Running already exists.',
    });
    await hub.raise('one', 'a', 1);
    await hub.until('one');
    await hub.start('chain', { n: 3 }, 'one');
    assert.equal((await hub.until('one')).output, 3);
    const { historyEvents } = await hub.status('one', '?showHistory=true');
    assert.equal(historyEvents?.[0]?.['FunctionName'], 'chain');
  }));

test('a late answer to a replaced instance finds nobody', () =>
  withHub(async (hub) => {
    // The old instance failed while its slow activity was still running; the new one must not be mistaken for it.
    for (let round = 0; round < 20; round += 1) {
      await hub.start('failsBesideSlow', { ms: 4 }, 'again');
      await hub.until('again', 'Failed');
      await hub.start('chain', { n: 2 }, 'again');
      assert.deepEqual((await hub.until('again')).output, 1);
    }
  }));

test('a start that asks to wait answers with the result, or with links when it takes longer', () =>
  withHub(async (hub) => {
    const waited = await hub.call('POST', 'orchestrators/chain?timeout=5&pollingInterval=0.005', { n: 3 });
    assert.equal(waited.status, 200);
    assert.equal(((await waited.json()) as Status).output, 3);
    const links = await hub.call('POST', 'orchestrators/waiter?timeout=0.01&pollingInterval=0.005', { names: ['a'] });
    assert.equal(links.status, 202);
    assert.ok(((await links.json()) as { sendEventPostUri: string }).sendEventPostUri);
  }));

test('an unknown function is accepted and the instance then fails', () =>
  withHub(async (hub) => {
    const status = await hub.until(await hub.start('noSuchThing'));
    assert.equal(status.runtimeStatus, 'Failed');
    assert.match(String(status.output), /doesn't exist, is disabled, or is not an orchestrator function/);
  }));

test('status is 202 while it runs, 200 when it ended, 500 for a failure only when asked, 404 for nobody', () =>
  withHub(async (hub) => {
    const id = await hub.start('waiter', { names: ['a'] });
    const running = await hub.call('GET', `instances/${id}`);
    assert.equal(running.status, 202);
    assert.equal(running.headers.get('retry-after'), '5');
    await hub.raise(id, 'a');
    await hub.until(id);
    assert.equal((await hub.call('GET', `instances/${id}`)).status, 200);
    const failed = await hub.start('throwing');
    await hub.until(failed);
    assert.equal((await hub.call('GET', `instances/${failed}`)).status, 200);
    assert.equal((await hub.call('GET', `instances/${failed}?returnInternalServerErrorOnFailure=true`)).status, 500);
    assert.equal((await hub.call('GET', 'instances/nobody')).status, 404);
  }));

test('events and commands: 202 alive, 410 ended, 404 unknown', () =>
  withHub(async (hub) => {
    const id = await hub.start('chain', { n: 1 });
    await hub.until(id);
    for (const path of ['raiseEvent/a', 'terminate?reason=x', 'suspend?reason=x', 'resume?reason=x']) {
      assert.equal((await hub.call('POST', `instances/${id}/${path}`, '1')).status, 410, path);
      assert.equal((await hub.call('POST', `instances/nobody/${path}`, '1')).status, 404, path);
    }
  }));

both('suspend holds events back and shows the reason; resume lets them in', async (hub) => {
  const id = await hub.start('waiter', { names: ['a', 'b'] });
  await hub.until(id, 'Running');
  assert.equal((await hub.call('POST', `instances/${id}/suspend?reason=rest`)).status, 202);
  assert.equal((await hub.until(id, 'Suspended')).output, 'rest');
  await hub.raise(id, 'a', 1);
  await hub.restart();
  await hub.raise(id, 'b', 2);
  assert.equal((await hub.status(id)).runtimeStatus, 'Suspended');
  await hub.call('POST', `instances/${id}/resume?reason=go`);
  assert.deepEqual((await hub.until(id)).output, [1, 2]);
  const { historyEvents } = await hub.status(id, '?showHistory=true');
  const types = historyEvents?.map((event) => event['EventType']);
  assert.ok(types?.includes('ExecutionSuspended') && types.includes('ExecutionResumed'));
});

both('suspending twice is suspending once', async (hub) => {
  const id = await hub.start('waiter', { names: ['a'] });
  await hub.until(id, 'Running');
  for (const operation of ['suspend', 'suspend', 'resume']) {
    assert.equal((await hub.call('POST', `instances/${id}/${operation}?reason=x`)).status, 202);
  }
  await hub.raise(id, 'a', 1);
  assert.deepEqual((await hub.until(id)).output, [1]);
});

both('terminate ends an instance whatever it waits for', async (hub) => {
  const id = await hub.start('race', { ms: 3_600_000 });
  await hub.until(id, 'Running');
  await hub.call('POST', `instances/${id}/terminate?reason=enough`);
  const status = await hub.until(id);
  assert.equal(status.runtimeStatus, 'Terminated');
  assert.equal(status.output, 'enough');
});

both('history shows the real names, with results only when asked', async (hub) => {
  const id = await hub.start('retrying', { key: `h-${Math.random()}`, times: 1, attempts: 3 });
  await hub.until(id);
  const without = await hub.status(id, '?showHistory=true');
  const names = without.historyEvents?.map((event) => event['EventType']);
  assert.deepEqual(names, [
    'ExecutionStarted',
    'TaskFailed',
    'TimerFired',
    'TaskCompleted',
    'TaskCompleted',
    'ExecutionCompleted',
  ]);
  assert.ok(without.historyEvents?.every((event) => !('Result' in event)));
  const withOutput = await hub.status(id, '?showHistory=true&showHistoryOutput=true');
  const completed = withOutput.historyEvents?.find((event) => event['EventType'] === 'TaskCompleted');
  assert.equal(completed?.['Result'], 2);
  assert.equal(completed?.['FunctionName'], 'failFirst');
  assert.equal((await hub.status(id, '?showInput=false')).input, null);
});

test('lists filter and page by a continuation token', () =>
  withHub(async (hub) => {
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => hub.start('chain', { n: 1 }, `page-${i}`)));
    await hub.start('waiter', { names: ['a'] }, 'other');
    for (const id of ids) await hub.until(id);
    const seen: string[] = [];
    let token: string | null = null;
    do {
      const headers: Record<string, string> = token === null ? {} : { 'x-ms-continuation-token': token };
      const page = await hub.call('GET', 'instances/?top=2&runtimeStatus=Completed', undefined, headers);
      const rows = (await page.json()) as Status[];
      assert.ok(rows.length <= 2);
      seen.push(...rows.map(({ instanceId }) => instanceId));
      token = page.headers.get('x-ms-continuation-token');
    } while (token !== null);
    assert.deepEqual(seen.toSorted(), ids.toSorted());
    const byPrefix = (await (await hub.call('GET', 'instances/?instanceIdPrefix=oth')).json()) as Status[];
    assert.deepEqual(
      byPrefix.map(({ instanceId }) => instanceId),
      ['other'],
    );
    assert.equal((await hub.call('GET', 'instances/?createdTimeFrom=yesterday')).status, 400);
    const foreign = { 'x-ms-continuation-token': 'nonsense' };
    assert.equal((await hub.call('GET', 'instances/', undefined, foreign)).status, 400);
  }));

test('entities are listed among the instances, with their state, and no purge by filter takes them', () =>
  withHub(async (hub) => {
    await hub.call('POST', 'entities/Counter/listed?op=add', '4');
    while ((await hub.call('GET', 'entities/Counter/listed')).status === 404);
    const listed = async (query = '') => (await (await hub.call('GET', `instances/${query}`)).json()) as Status[];
    const [entity, ...others] = await listed();
    assert.equal(others.length, 0);
    const { instanceId, name, runtimeStatus, input, customStatus, output } = entity as Status;
    assert.deepEqual([instanceId, name, runtimeStatus], ['@counter@listed', '@counter', 'Running']);
    assert.deepEqual([input, customStatus, output], [{ exists: true, state: '4' }, { entityExists: true }, null]);
    assert.equal((await listed('?instanceIdPrefix=%40counter')).length, 1);
    assert.equal((await hub.call('DELETE', 'instances/?createdTimeFrom=2000-01-01T00:00:00Z')).status, 404);
  }));

test('purge removes what has ended, alone or by filter, and nothing else', () =>
  withHub(async (hub) => {
    await hub.start('waiter', { names: ['a'] }, 'alive');
    for (const id of ['p1', 'p2', 'p3']) await hub.until(await hub.start('chain', { n: 1 }, id));
    assert.deepEqual(await (await hub.call('DELETE', 'instances/p1')).json(), { instancesDeleted: 1 });
    assert.equal((await hub.call('DELETE', 'instances/p1')).status, 404);
    assert.equal((await hub.call('DELETE', 'instances/alive')).status, 404);
    assert.equal((await hub.call('DELETE', 'instances/?runtimeStatus=Completed')).status, 400);
    const all = await hub.call('DELETE', 'instances/?createdTimeFrom=2020-01-01T00:00:00Z');
    assert.deepEqual(await all.json(), { instancesDeleted: 2 });
    assert.equal((await hub.call('DELETE', 'instances/?createdTimeFrom=2020-01-01T00:00:00Z')).status, 404);
    assert.equal((await hub.call('GET', 'instances/alive')).status, 202);
  }));

test("the SDK's own client agrees with every answer", () =>
  withHub(async (hub) => {
    const client = clientOf(hub);
    const id = await client.startNew('waiter', { instanceId: 'sdk', input: { names: ['a'] }, version: '7' });
    assert.equal(id, 'sdk');
    await hub.until('sdk', 'Running');
    await assert.rejects(client.startNew('waiter', { instanceId: 'sdk' }), /already exists/);
    await client.raiseEvent('sdk', 'a', { x: 1 });
    await hub.until('sdk');
    const status = (await client.getStatus('sdk')) as Status;
    assert.deepEqual(status.output, [{ x: 1 }]);
    await client.raiseEvent('sdk', 'a', 1);
    await assert.rejects(client.raiseEvent('nobody', 'a', 1), /No instance with ID 'nobody'/);
    await assert.rejects(client.rewind('sdk', 'x'), /only supported on failed/);
    assert.equal(((await client.getStatusAll()) as Status[]).length, 1);
    const found = (await client.getStatusBy({
      createdTimeFrom: new Date(0),
      runtimeStatus: ['Completed'],
    })) as Status[];
    assert.equal(found.length, 1);
    await client.signalEntity({ name: 'Counter', key: 'sdk' }, 'add', 4);
    let state: { entityExists: boolean; entityState?: unknown };
    do state = (await client.readEntityState({ name: 'Counter', key: 'sdk' })) as typeof state;
    while (!state.entityExists);
    assert.equal(state.entityState, 4);
    assert.equal(pick(await client.purgeInstanceHistory('sdk'), 'instancesDeleted'), 1);
    assert.equal(pick(await client.purgeInstanceHistory('sdk'), 'instancesDeleted'), 0);
    const purged = await client.purgeInstanceHistoryBy({ createdTimeFrom: new Date(0) });
    assert.equal(pick(purged, 'instancesDeleted'), 0);
  }));

both(
  'entity locks move between two entities what a third could otherwise interleave (V4)',
  async (hub) => {
    const [from, to] = [`from-${Math.random()}`, `to-${Math.random()}`];
    await hub.call('POST', `entities/Counter/${from}?op=add`, '20');
    const ids = await Promise.all(Array.from({ length: 10 }, () => hub.start('transfer', { from, to })));
    const balances: unknown[] = [];
    for (const id of ids) balances.push(((await hub.until(id, 'Completed')).output as { balance: number }).balance);
    assert.deepEqual(
      (balances as number[]).toSorted((a, b) => a - b),
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    );
    assert.equal(await (await hub.call('GET', `entities/Counter/${to}`)).json(), 10);
  },
  { replaySchema: 3 },
);

both(
  'a lock ends with its owner, however that ends (V4)',
  async (hub) => {
    const key = `held-${Math.random()}`;
    const other = `other-${Math.random()}`;
    const holder = await hub.start('holdsLock', { key, other });
    await hub.until(holder, 'Running');
    while ((await hub.status(holder)).customStatus !== 'locked') continue;
    const waiter = await hub.start('transfer', { from: key, to: other });
    const dead = await hub.start('transfer', { from: key, to: other });
    await hub.call('POST', `instances/${dead}/terminate?reason=x`);
    await hub.until(dead, 'Terminated');
    assert.equal((await hub.status(waiter)).runtimeStatus, 'Running');
    await hub.call('POST', `instances/${holder}/terminate?reason=x`);
    await hub.until(waiter, 'Completed');
    assert.equal(await (await hub.call('GET', `entities/Counter/${other}`)).json(), 1);
  },
  { replaySchema: 3 },
);
