/** Loading: bundles, outputs that go nowhere, both ways of calling. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { loadApp } from '../../../src/host/seam/app-loader.ts';
import { fromRpc, toRpc } from '../../../src/host/seam/rpc-data.ts';
import { appFolder, temporaryFolder } from '../apps/support.ts';

const root = join(import.meta.dirname, '../../..');

test('an app in one file with the library inside', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{"type":"module","main":"app.mjs"}');
  await build({
    stdin: {
      contents: "import './start.js'; import './patterns.js';",
      resolveDir: join(appFolder('patterns-esm'), 'src/functions'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'app.mjs'),
    external: ['@azure/functions-core'],
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    logLevel: 'silent',
  });
  const app = await loadApp(folder);
  assert.deepEqual([...app.functions.keys()].slice(0, 3), ['start', 'startAndWait', 'approve']);
  const { result } = await app.invoke('square', { trigger: { int: 7 } });
  assert.equal(result, 49);
  await app.stop();
});

describe('calls', () => {
  test('on the wire and direct give the same answer; an unknown function and a throw reject', async () => {
    const app = await loadApp(appFolder('patterns-esm'));
    assert.deepEqual((await app.invoke('square', { trigger: { string: '5' } })).returnValue, { int: 25 });
    assert.equal((await app.invoke('square', { trigger: {}, direct: { input: 5 } })).result, 25);
    await assert.rejects(app.invoke('nosuch', { trigger: {} }), /No function is named "nosuch"/);
    await assert.rejects(app.invoke('flaky', { trigger: {} }), { name: 'Error', message: 'try again' });
    await app.stop();
  });

  test('a direct call sees the same context as one on the wire, the first time and later', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"main":"index.js"}');
    writeFileSync(
      join(folder, 'index.js'),
      `const df = require('durable-functions');
       const { InvocationContext } = require('@azure/functions');
       df.app.activity('look', { handler: (input, context) => {
         context.warn('seen %d', 1);
         if (input === 'later') setImmediate(() => context.warn('too late'));
         const { invocationId, ...rest } = context;
         return { own: context instanceof InvocationContext, id: typeof invocationId, ...rest, none: context.extraInputs.get('x') };
       } });`,
    );
    const lines: string[] = [];
    const app = await loadApp(folder, { log: (level, message) => void lines.push(`${level} ${message}`) });
    const more = { retryContext: { retryCount: 1, maxRetryCount: 2 }, traceContext: { traceParent: 'x' } };
    const direct = async (input: unknown) =>
      (await app.invoke('look', { trigger: {}, direct: { input }, ...more })).result;
    const wire = (await app.invoke('look', { trigger: { string: 'a' }, ...more })).result;
    assert.equal((wire as { own: boolean }).own, true);
    for (const input of ['a', 'a', 'later']) assert.deepEqual(await direct(input), wire);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      lines.slice(0, 4),
      Array.from({ length: 4 }, () => 'warning seen 1'),
    );
    assert.match(lines[4] ?? '', /called after the end/);
    await app.stop();
  });

  test('wire values keep their type', () => {
    for (const value of ['text', '12', 12, 1.5, true, null, { a: [1] }]) {
      const data = toRpc(value);
      assert.deepEqual(data.string ?? fromRpc(data), value);
    }
    assert.deepEqual([fromRpc({ int: 3 }), fromRpc({ double: 0.5 }), fromRpc(undefined)], [3, 0.5, undefined]);
  });
});

test('what goes to an output that is not here is dropped and said', async () => {
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'package.json'), '{"main":"src/index.js"}');
  writeFileSync(
    join(folder, 'src/index.js'),
    `const { app, output } = require('@azure/functions');
     const queue = output.storageQueue({ queueName: 'q', connection: 'c' });
     app.http('send', { extraOutputs: [queue], handler: (_, context) => { context.extraOutputs.set(queue, 'letter'); return { status: 202 }; } });`,
  );
  const lines: string[] = [];
  const app = await loadApp(folder, { log: (level, message) => void lines.push(`${level}: ${message}`) });
  assert.deepEqual(lines, [
    'warning: Output binding queue is not connected to anything here; what send sends there is dropped.',
  ]);
  const { outputData } = await app.invoke('send', { trigger: { http: { url: 'http://localhost/', method: 'POST' } } });
  assert.deepEqual(
    outputData.map(({ data }) => data),
    [{ string: 'letter' }],
  );
  await app.stop();
});
