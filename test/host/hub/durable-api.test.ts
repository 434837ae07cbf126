/** Does the rest of the Durable API behave as on Azure? Runs direct and strict. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { both } from './modes.ts';
import { pick, testHub } from './support.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2)}`;

both('sub-orchestrations answer their parent, with a chosen id and without', async (hub) => {
  const id = unique('sub');
  const parent = await hub.start('parent', { id, value: 4 });
  const status = await hub.until(parent);
  assert.deepEqual(pick(status.output, 'first'), { doubled: 8, parent, version: '' });
  assert.deepEqual(
    (status.output as { both: { doubled: number }[] }).both.map(({ doubled }) => doubled),
    [20, 40],
  );
  assert.equal((await hub.status(id)).runtimeStatus, 'Completed');
});

both('a failed sub-orchestration throws in its parent, which goes on', async (hub) => {
  const output = (await hub.run('parentOfFailure', {})) as { message: string; after: string };
  assert.match(output.message, /^Orchestrator function 'child' failed: child failed/);
  assert.equal(output.after, 'after');
});

both('a sub-orchestration is retried until it succeeds', async (hub) => {
  assert.deepEqual(await hub.run('parentWithRetry', { key: unique('k'), times: 2 }), { n: 3, after: 'after' });
});

both('Task.all and Task.any nest', async (hub) => {
  assert.deepEqual(await hub.run('nested', {}), ['a', ['b', 'c'], 'd', 'e']);
});

both('two waits for one event resolve last first, as in the SDK', async (hub) => {
  const id = await hub.start('sameEventTwice');
  await hub.until(id, 'Running');
  await hub.raise(id, 'e', 1);
  await hub.raise(id, 'e', 2);
  assert.deepEqual((await hub.until(id)).output, [2, 1]);
});

both('a retry timeout ends with the error instead of hanging', async (hub) => {
  assert.match(String(await hub.run('timeoutRetry', {})), /^Activity function 'fail' failed/);
});

both('restart begins again with the same input under a new id', async (hub) => {
  const id = await hub.start('chain', { n: 3 });
  await hub.until(id);
  const response = await hub.call('POST', `instances/${id}/restart`);
  assert.equal(response.status, 202);
  const { id: again } = (await response.json()) as { id: string };
  assert.notEqual(again, id);
  assert.equal((await hub.until(again)).output, 3);
});

both('rewind takes the failure back and keeps what had succeeded', async (hub) => {
  const key = unique('w');
  const id = await hub.start('needsSwitch', { key });
  assert.equal((await hub.until(id)).runtimeStatus, 'Failed');
  assert.equal((await hub.call('POST', `instances/${id}/rewind?reason=fixed`)).status, 202);
  const status = await hub.until(id, 'Completed');
  assert.deepEqual(status.output, { before: 1, value: 2 });
});

both('rewind gives a retried activity its last attempt again, and later ids fit', async (hub) => {
  const id = await hub.start('needsSwitchRetried', { key: unique('w') });
  assert.equal((await hub.until(id)).runtimeStatus, 'Failed');
  assert.equal((await hub.call('POST', `instances/${id}/rewind?reason=fixed`)).status, 202);
  assert.deepEqual((await hub.until(id, 'Completed')).output, { value: 3, after: 'after' });
});

both('rewind reaches the sub-orchestration that failed', async (hub) => {
  const id = await hub.start('parentOfSwitch', { key: unique('w') });
  assert.equal((await hub.until(id)).runtimeStatus, 'Failed');
  assert.equal((await hub.call('POST', `instances/${id}/rewind?reason=fixed`)).status, 202);
  assert.deepEqual((await hub.until(id, 'Completed')).output, { before: 1, value: 2 });
});

both('rewind of an instance that did not fail is refused with 412', async (hub) => {
  const id = await hub.start('chain', { n: 1 });
  await hub.until(id);
  assert.equal((await hub.call('POST', `instances/${id}/rewind?reason=x`)).status, 412);
  assert.equal((await hub.call('POST', `instances/nobody/rewind?reason=x`)).status, 404);
});

both('entities take signals and calls in order', async (hub) => {
  const key = unique('c');
  assert.deepEqual(await hub.run('useCounter', { key }), { seen: 3, next: 4, after: 'after' });
  assert.equal(await (await hub.call('GET', `entities/Counter/${key}`)).json(), 4);
});

both('an entity that throws brings an error to its caller and keeps its state', async (hub) => {
  assert.deepEqual(await hub.run('failingEntity', {}), { caught: true, after: 'after' });
});

both('entities are signalled over HTTP, signal one another, and can be deleted', async (hub) => {
  const [a, b] = [unique('a'), unique('b')];
  assert.equal((await hub.call('POST', `entities/Counter/${a}?op=add`, '2')).status, 202);
  assert.equal((await hub.call('POST', `entities/Counter/${a}?op=pass`, JSON.stringify(b))).status, 202);
  let state: Response;
  do state = await hub.call('GET', `entities/counter/${b}`);
  while (state.status === 404);
  assert.equal(await state.json(), 5);
  await hub.call('POST', `entities/Counter/${a}?op=delete`);
  do state = await hub.call('GET', `entities/counter/${a}`);
  while (state.status === 200);
  assert.equal(state.status, 404);
});

both('entities are listed by their names, and among the instances', async (hub) => {
  const key = unique('l');
  await hub.run('useCounter', { key });
  const instances = (await (await hub.call('GET', 'instances/')).json()) as { instanceId: string }[];
  assert.ok(instances.some(({ instanceId }) => instanceId === `@counter@${key}`));
  const entities = (await (await hub.call('GET', 'entities/counter')).json()) as { entityId: { key: string } }[];
  assert.ok(entities.some(({ entityId }) => entityId.key === key));
});

async function withServer<T>(body: (url: string, seen: string[]) => Promise<T>): Promise<T> {
  const seen: string[] = [];
  let polls = 0;
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/plain') return void response.writeHead(200).end('plain');
    if (request.url === '/broken') return void request.socket.destroy();
    if (request.url === '/begin' || polls < 2) {
      if (request.url !== '/begin') polls += 1;
      response.writeHead(202, { location: '/poll', 'retry-after': '0' });
      return void response.end();
    }
    response.writeHead(200).end('polled');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

both('durable HTTP answers, polls a 202 until it is done, and leaves it when told to', async (hub) => {
  await withServer(async (url, seen) => {
    assert.deepEqual(await hub.run('http', { url: `${url}/plain` }), { status: 200, content: 'plain', after: 'after' });
    assert.deepEqual(await hub.run('http', { url: `${url}/begin` }), {
      status: 200,
      content: 'polled',
      after: 'after',
    });
    assert.deepEqual(seen, ['POST /plain', 'POST /begin', 'GET /poll', 'GET /poll', 'GET /poll']);
    const once = (await hub.run('http', { url: `${url}/begin`, polling: false })) as { status: number };
    assert.equal(once.status, 202);
  });
});

both('a durable HTTP call without an answer fails the orchestration', async (hub) => {
  await withServer(async (url) => {
    const status = await hub.until(await hub.start('http', { url: `${url}/broken` }));
    assert.equal(status.runtimeStatus, 'Failed');
  });
});

both('a version given at the start reaches the orchestrator', async (hub) => {
  const response = await hub.call('POST', 'orchestrators/child?version=1.2', { value: 1 });
  const { id } = (await response.json()) as { id: string };
  assert.equal(pick((await hub.until(id)).output, 'version'), '1.2');
});

both('a scheduled signal reaches its entity when it is due, and survives a restart', async (hub) => {
  const key = unique('s');
  // The JavaScript SDK has no call for it, so the orchestrator writes the action that other SDKs send.
  await hub.run('signalsLater', { key, ms: 150 });
  assert.equal((await hub.call('GET', `entities/Counter/${key}`)).status, 404);
  await hub.restart();
  let state: Response;
  do state = await hub.call('GET', `entities/Counter/${key}`);
  while (state.status === 404);
  assert.equal(await state.json(), 7);
});

test('no cut of a batch changes an outcome: twenty seeds of strict mode', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const hub = await testHub({ strict: { seed } });
    try {
      const [mixed, parent] = await Promise.all([
        hub.run('mixedFan', { n: 6, key: unique(`cut-${seed}`) }),
        hub.run('nested', {}),
      ]);
      assert.equal(pick(mixed, 'last'), 'last', `seed ${seed}`);
      assert.deepEqual(parent, ['a', ['b', 'c'], 'd', 'e'], `seed ${seed}`);
    } finally {
      await hub.stop();
    }
  }
});
