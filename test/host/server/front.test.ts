/** A front stands before every request: it may add headers or refuse, and a front that fails lets nobody through. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Refusal } from '../../../src/host/server/refusals.ts';
import type { RunningHost } from '../../../src/host/server/start-host.ts';
import { startHost } from '../../../src/host/main.ts';
import { appFolder, functionsHost, temporaryFolder } from '../apps/support.ts';

let host: RunningHost;
before(async () => {
  const front = join(temporaryFolder(), 'front.mjs');
  writeFileSync(
    front,
    `export async function createFront({ port, data }) {
       if (typeof port !== 'number' || typeof data !== 'string') throw new Error('told nothing');
       return async ({ headers }) => {
         if (headers['x-test'] === 'fail') throw new Error('secret of the front');
         if (headers['x-test'] === 'refuse') return { refuse: { status: 421, body: '{"no":1}', contentType: 'application/problem+json' } };
         return headers['x-test'] ? {} : { headers: { 'X-Test': 'added' } };
       };
     }`,
  );
  host = await functionsHost('http-esm', { front });
});
const call = (value?: string, path = '/api/v2/describe/1') =>
  fetch(host.url + path, value === undefined ? {} : { headers: { 'x-test': value } });

describe('a front', () => {
  test('adds a header, and leaves alone what it does not touch', async () => {
    const header = async (value?: string) => ((await (await call(value)).json()) as { header: string }).header;
    assert.deepEqual([await header(), await header('own')], ['added', 'own']);
  });
  test('refuses, the management webhooks as well', async () => {
    for (const path of [undefined, '/runtime/webhooks/durabletask/instances', '/admin/functions']) {
      const response = await call('refuse', path);
      assert.deepEqual(
        [response.status, response.headers.get('content-type'), await response.text()],
        [421, 'application/problem+json', '{"no":1}'],
      );
    }
  });
  test('that throws is a 500 without a text', async () => {
    const response = await call('fail');
    assert.deepEqual([response.status, await response.text()], [500, '']);
  });
});

test('a hub that is in use, or no hub, is refused with the folder named', async () => {
  const data = temporaryFolder();
  writeFileSync(join(data, 'hub.sqlite'), 'this is no database');
  await assert.rejects(startHost({ app: appFolder('hello-cjs'), port: 0, data }), (error: unknown) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.exitCode, 5);
    assert.match(error.message, /^DATA_FOLDER: The task hub in .* cannot be opened: /);
    return true;
  });
});
