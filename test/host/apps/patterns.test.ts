/** Apps in the shape of Microsoft's Durable samples, over HTTP from start to end, in strict mode. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { RunningHost } from '../../../src/host/server/start-host.ts';
import { durableHost } from './support.ts';

interface Management {
  id: string;
  statusQueryGetUri: string;
  terminatePostUri: string;
}
interface Status {
  runtimeStatus: string;
  output: unknown;
  customStatus: unknown;
}

let host: RunningHost;
before(async () => {
  host = await durableHost('patterns-esm', { strict: 7 });
});

const post = (path: string, body?: unknown) =>
  fetch(`${host.url}/${path}`, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) });
const start = async (name: string, body?: unknown) => (await (await post(`start/${name}`, body)).json()) as Management;
const result = async (name: string, body?: unknown) => (await post(`wait/${name}`, body)).json();

/** Asks until the answer satisfies; the test runner's own limit ends a wait in vain. */
async function until<T>(ask: () => Promise<T>, enough: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (enough(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const status = async (at: Management) => (await (await fetch(at.statusQueryGetUri)).json()) as Status;

describe('patterns', () => {
  test('fan-out and fan-in', async () => assert.equal(await result('fanOut', [1, 2, 3, 4]), 30));
  test('a monitor that sleeps between looks', async () => assert.equal(await result('monitor'), 'found'));
  test('an activity that is tried again until it succeeds', async () => assert.equal(await result('retrying'), 3));
  test('sub-orchestrations side by side', async () => assert.deepEqual(await result('parent'), [2, 8, 18]));
  test('an entity called from an orchestration', async () => assert.equal(await result('count'), 5));

  test('human interaction: an event decides before the deadline', async () => {
    const at = await start('approval');
    await until(
      () => status(at),
      ({ runtimeStatus }) => runtimeStatus === 'Running',
    );
    assert.equal((await post(`approve/${at.id}`, { approved: true })).status, 202);
    const ended = await until(
      () => status(at),
      ({ runtimeStatus }) => runtimeStatus !== 'Running',
    );
    assert.deepEqual([ended.runtimeStatus, ended.output], ['Completed', 'approved']);
  });

  test('an entity signalled and read over HTTP', async () => {
    const read = async () =>
      (await (await fetch(`${host.url}/counter/visits`)).json()) as { exists: boolean; value: number | null };
    assert.deepEqual(await read(), { exists: false, value: null });
    for (const n of [1, 2, 3]) await post('counter/visits', n);
    assert.equal((await until(read, ({ value }) => value === 6)).exists, true);
  });

  test('a started instance is managed by the addresses in the answer, and by nobody without the key', async () => {
    const response = await post('start/approval/my-own-id');
    const at = (await response.json()) as Management;
    assert.deepEqual(
      [response.status, at.id, response.headers.get('location')],
      [202, 'my-own-id', at.statusQueryGetUri],
    );
    assert.equal(
      (await fetch(at.terminatePostUri.replace(/code=[^&]+/, 'code=wrong'), { method: 'POST' })).status,
      401,
    );
    assert.equal((await fetch(at.terminatePostUri.replace('{text}', 'enough'), { method: 'POST' })).status, 202);
    assert.equal(
      (
        await until(
          () => status(at),
          ({ runtimeStatus }) => runtimeStatus !== 'Running' && runtimeStatus !== 'Pending',
        )
      ).runtimeStatus,
      'Terminated',
    );
  });
});

test('function chaining in a CommonJS app', async () => {
  const cjs = await durableHost('hello-cjs');
  const started = (await (
    await fetch(`${cjs.url}/api/orchestrators/helloOrchestrator`, { method: 'POST' })
  ).json()) as Management;
  const ended = await until(
    () => status(started),
    ({ runtimeStatus }) => runtimeStatus === 'Completed',
  );
  assert.deepEqual(ended.output, ['Hello, Tokyo', 'Hello, Seattle', 'Hello, Cairo']);
});
