/** Readiness: the failing dependency is named, whether it refuses or hangs, and its own words stay inside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readinessOf } from '../../../src/app/health.ts';
import { PlatformFault } from '../../../src/domain/errors.ts';
import { manualClock } from '../../support/manual-clock.ts';

const well = (name: string) => ({ name, probe: async () => undefined });
const turns = async (): Promise<void> => {
  for (let at = 0; at < 10; at++) await Promise.resolve();
};

test('ready when everything answers', async () => {
  const { ready, checks } = await readinessOf([well('records'), well('keys')], { clock: manualClock() })();
  assert.equal(ready, true);
  assert.deepEqual(
    checks.map(({ name, ok, code }) => [name, ok, code]),
    [
      ['records', true, null],
      ['keys', true, null],
    ],
  );
});

test('what refuses is named with its code, never with its words', async () => {
  const probes = [
    well('records'),
    {
      name: 'keys',
      probe: () => Promise.reject(new PlatformFault('KEY_UNAVAILABLE', 'https://vault.example planted')),
    },
    {
      name: 'blobs',
      probe: (): Promise<void> => {
        throw new Error('planted');
      },
    },
  ];
  const found = await readinessOf(probes, { clock: manualClock() })();
  assert.equal(found.ready, false);
  assert.deepEqual(
    found.checks.map(({ name, code }) => [name, code]),
    [
      ['records', null],
      ['keys', 'KEY_UNAVAILABLE'],
      ['blobs', 'FAILED'],
    ],
  );
  assert.equal(JSON.stringify(found).includes('planted'), false);
});

test('what hangs is named after its time, and does not keep the others waiting', async () => {
  const clock = manualClock();
  const asked = readinessOf([well('records'), { name: 'hub', probe: () => new Promise(() => undefined) }], {
    clock,
    timeoutMs: 3_000,
  })();
  await turns();
  clock.advance(3_000);
  const { checks } = await asked;
  assert.deepEqual(
    checks.map(({ name, ok, ms, code }) => [name, ok, ms, code]),
    [
      ['records', true, 0, null],
      ['hub', false, 3_000, 'TIMEOUT'],
    ],
  );
});

test('callers that come together share one look; a later one looks again', async () => {
  const clock = manualClock();
  let asked = 0;
  const readiness = readinessOf([{ name: 'records', probe: async () => void (asked += 1) }], { clock, keepMs: 1_000 });
  await Promise.all([readiness(), readiness(), readiness()]);
  assert.equal(asked, 1);
  clock.advance(1_000);
  await readiness();
  assert.equal(asked, 2);
});
