/** Retrying: what is tried again, how often, how long in between, and what is said of a foreign error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlatformFault } from '../../../src/domain/errors.ts';
import {
  codeOf,
  isTransient,
  patiently,
  statusOf,
  unexpected,
  type Patience,
} from '../../../src/platform/azure/patience.ts';

function recorded(tries = 5): { readonly patience: Patience; readonly waits: number[] } {
  const waits: number[] = [];
  const clock = { sleep: async (ms: number) => void waits.push(ms) };
  return { patience: { clock, tries, firstWaitMs: 100, longestWaitMs: 3_000, timeoutMs: 1_000 }, waits };
}
/** Fails as told, then answers how often it did. */
const failing = (...errors: readonly unknown[]) => {
  const left = [...errors];
  return async (): Promise<number> => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return errors.length;
  };
};
const status = (code: number, more: object = {}): Error => Object.assign(new Error('secret text'), { code, ...more });

test('each wait is twice as long as the one before, half of it random, and never longer than the limit', async () => {
  const { patience, waits } = recorded(8);
  const errors = Array.from({ length: 7 }, () => status(503));
  assert.equal(await patiently(patience, 'x', failing(...errors)), 7);
  for (const [n, wait] of waits.entries()) {
    const full = 100 * 2 ** n;
    assert.ok(wait >= Math.min(3_000, full / 2) && wait <= Math.min(3_000, full), `wait ${n}: ${wait}`);
  }
});

test('a service that says how long to wait is believed, within the limit', async () => {
  const { patience, waits } = recorded();
  const header = (name: string, value: string) => ({
    response: { headers: { get: (asked: string) => (asked === name ? value : undefined) } },
  });
  await patiently(
    patience,
    'x',
    failing(
      status(429, { retryAfterInMs: 700 }),
      status(429, header('retry-after', '2')),
      status(429, header('retry-after', '60')),
    ),
  );
  assert.deepEqual(waits, [700, 2_000, 3_000]);
});

test('what a retry cannot cure is thrown as it came, at once', async () => {
  for (const code of [400, 401, 403, 404, 409, 412, 413]) {
    const { patience, waits } = recorded();
    const error = status(code);
    await assert.rejects(patiently(patience, 'x', failing(error)), (thrown) => thrown === error);
    assert.deepEqual(waits, []);
  }
});

test('errors of every SDK are read: by status, by code, by name, and through one that only wraps them', () => {
  const wrapped = new Error('Batch request error: x', { cause: status(429) });
  for (const error of [status(429), Object.assign(new Error('x'), { statusCode: 503 }), wrapped])
    assert.ok(isTransient(error));
  for (const code of ['ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'REQUEST_SEND_ERROR', 'TimeoutError', 'UND_ERR_SOCKET'])
    assert.ok(isTransient(Object.assign(new Error('x'), { code })), code);
  assert.ok(isTransient(Object.assign(new Error('x'), { name: 'AbortError' })));
  for (const error of [
    new TypeError('a bug'),
    status(404),
    Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    null,
    'text',
  ])
    assert.ok(!isTransient(error), String(error));
  assert.equal(statusOf(wrapped), 429);
});

test('a try that takes too long is told to stop, and not waited for', async () => {
  const { patience } = recorded(2);
  const told: boolean[] = [];
  const hanging = (signal: AbortSignal): Promise<number> => {
    signal.addEventListener('abort', () => told.push(signal.aborted));
    return new Promise(() => undefined);
  };
  await assert.rejects(patiently({ ...patience, timeoutMs: 5 }, 'x', hanging), { code: 'STORE_UNAVAILABLE' });
  assert.deepEqual(told, [true, true]);
});

test('a fault says the code of the last error and nothing of its text', async () => {
  const { patience } = recorded(2);
  const given = patiently(patience, 'runs: read', failing(status(503), status(503)), { code: 'KEY_UNAVAILABLE' });
  await assert.rejects(given, (error: PlatformFault) => {
    assert.equal(error.code, 'KEY_UNAVAILABLE');
    assert.match(error.message, /runs: read did not answer in 2 tries \(status 503\)/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  assert.doesNotMatch(unexpected('x', status(403)).message, /secret/);
  const fault = new PlatformFault('LIMIT', 'x');
  assert.equal(unexpected('x', fault), fault);
  assert.equal(codeOf(new TypeError('secret text')), 'TypeError');
});
