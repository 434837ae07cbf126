/** Telemetry opens late and loses nothing that fits; a telemetry that cannot be opened disturbs nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazyTelemetry } from '../../../src/platform/azure/lazy-telemetry.ts';
import type { ForwardedEntry } from '../../../src/platform/azure/telemetry.ts';

const entry = (n: number): ForwardedEntry => ({ name: `event-${n}`, level: 'information', attributes: {} });

test('nothing is opened before the first entry, and what came meanwhile arrives in order', async () => {
  const arrived: string[] = [];
  let opened = 0;
  let closed = 0;
  const telemetry = lazyTelemetry(async () => {
    opened += 1;
    return { forward: ({ name }) => void arrived.push(name), close: async () => void (closed += 1) };
  });
  assert.equal(opened, 0);
  for (let n = 0; n < 600; n++) telemetry.forward(entry(n));
  assert.deepEqual(arrived, []);
  await telemetry.close();
  assert.deepEqual([opened, closed, arrived.length], [1, 1, 500]);
  assert.deepEqual(arrived.slice(0, 2), ['event-0', 'event-1']);
  telemetry.forward(entry(600));
  assert.equal(arrived.at(-1), 'event-600');
});

test('a telemetry that cannot be opened, or was never used, closes like any other', async () => {
  const broken = lazyTelemetry(() => Promise.reject(new TypeError('wrong connection string')));
  broken.forward(entry(1));
  await broken.close();
  broken.forward(entry(2));
  await lazyTelemetry(() => Promise.reject(new TypeError('never'))).close();
});
