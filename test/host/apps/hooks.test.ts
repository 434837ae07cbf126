/** Hooks of the library: what they are told, what they may replace. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadApp } from '../../../src/host/seam/app-loader.ts';
import type { LoadedApp } from '../../../src/host/contract.ts';
import { appFolder } from './support.ts';

let app: LoadedApp;
const lines: string[] = [];
const call = async (name: string) => {
  const { returnValue } = await app.invoke(name, {
    trigger: { http: { url: `http://localhost/api/${name}`, method: 'GET', headers: {} } },
  });
  return Buffer.from((returnValue?.http?.body as { bytes: Uint8Array }).bytes).toString();
};
before(async () => {
  app = await loadApp(appFolder('hooks-cjs'), {
    log: (level, message, fields) => void (fields?.category === 'user' && lines.push(`${level} ${message}`)),
  });
});

describe('hooks', () => {
  test('appStart runs before, preInvocation and postInvocation around each call, with data of their own', async () => {
    const seen = JSON.parse(await call('seen')) as string[];
    assert.deepEqual(seen, ['appStart', 'before seen', 'after seen ok number']);
  });
  test('preInvocation replaces the handler', async () => assert.equal(await call('replaced'), 'wrapped(inner)'));
  test('postInvocation replaces an error by a result', async () => assert.equal(await call('rescued'), 'rescued'));
  test('hookData can be filled and not replaced', async () => {
    await call('assigns');
    const seen = JSON.parse(await call('seen')) as string[];
    assert.ok(
      seen.some((line) => line.startsWith('hookData: ')),
      seen.join(),
    );
  });
  test('a hook that copies an input finds what direct mode hides from a walk', async () => {
    const input = Object.defineProperty({ a: 1 }, 'history', { value: [1], configurable: true });
    const { result } = await app.invoke('copied', { trigger: {}, direct: { input } });
    assert.deepEqual(result, { a: 1, history: [1] });
  });
  test('log hooks change and drop lines', async () => {
    await call('logs');
    assert.deepEqual(lines, ['warning pin ****']);
  });
  test('appTerminate runs at the end, with what appStart left', async () => {
    await app.stop();
    assert.equal((globalThis as unknown as { hooksSeen: string[] }).hooksSeen.at(-1), 'appTerminate true');
  });
});
