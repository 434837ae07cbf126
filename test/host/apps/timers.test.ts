/** Timer triggers of an app: shapes, retries, what is remembered over a restart. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { loadApp } from '../../../src/host/seam/app-loader.ts';
import type { LoadedApp } from '../../../src/host/contract.ts';
import { openTimerState } from '../../../src/host/server/timer-state.ts';
import { createTimerTriggers } from '../../../src/host/server/timer-trigger.ts';
import { virtualClock } from '../server/virtual-clock.ts';
import { appFolder, functionsHost, temporaryFolder } from './support.ts';

interface Run {
  name: string;
  timer: {
    schedule: object;
    scheduleStatus: { last: string; next: string; lastUpdated: string } | null;
    isPastDue: boolean;
  };
  retry: { retryCount: number; maxRetryCount: number } | null;
}

const runs = () => (globalThis as unknown as { timerRuns: Run[] }).timerRuns;
const of = (name: string) => runs().filter((run) => run.name === name);
const log = () => undefined;
let app: LoadedApp;
before(async () => {
  app = await loadApp(appFolder('timers-cjs'));
});

describe('timers', () => {
  test('six fields, five fields, a time span, and a run at the start', async () => {
    runs().length = 0;
    const clock = virtualClock('2026-12-31T23:59:57.500Z');
    const timers = createTimerTriggers({ app, state: openTimerState(temporaryFolder()), log, clock });
    timers.start();
    await clock.advance(3000);
    assert.equal(of('eachSecond').length, 3);
    assert.deepEqual(of('eachSecond')[0]?.timer, {
      schedule: { adjustForDST: true },
      scheduleStatus: null,
      isPastDue: false,
    });
    assert.equal(of('atStart').length, 1);
    assert.deepEqual(
      of('yearly').map(({ timer }) => timer.scheduleStatus?.next),
      ['2027-01-01T00:00:00.000Z'],
    );
    assert.equal(of('span').length, 0);
    await clock.advance(3_600_000);
    assert.deepEqual(
      of('span').map(({ timer }) => timer.scheduleStatus?.next),
      ['2027-01-01T00:59:57.500Z'],
    );
    await timers.stop();
  });

  test('a failing run is tried again as its policy says, with the count in the context', async () => {
    runs().length = 0;
    const clock = virtualClock('2026-06-01T00:00:00Z');
    const timers = createTimerTriggers({ app, state: openTimerState(temporaryFolder()), log, clock });
    const fired = timers.fire('RETRIED');
    await clock.advance(10);
    await fired;
    assert.deepEqual(
      of('retried').map((run) => run.retry),
      [0, 1, 2].map((retryCount) => ({ retryCount, maxRetryCount: 2 })),
    );
  });

  test('a run missed while the host was down is made up for once, past due', async () => {
    runs().length = 0;
    const data = temporaryFolder();
    const missed = {
      last: '2024-01-01T00:00:00.000Z',
      lastUpdated: '2024-01-01T00:00:00.000Z',
      next: '2025-01-01T00:00:00.000Z',
    };
    writeFileSync(join(data, 'timers.json'), JSON.stringify({ yearly: missed }));
    const clock = virtualClock('2026-06-01T00:00:00Z');
    const timers = createTimerTriggers({ app, state: openTimerState(data), log, clock });
    timers.start();
    await clock.advance(500);
    assert.deepEqual(
      of('yearly').map(({ timer }) => timer),
      [{ schedule: { adjustForDST: true }, scheduleStatus: missed, isPastDue: true }],
    );
    assert.equal(openTimerState(data).get('yearly')?.next, '2027-01-01T00:00:00.000Z');
    await timers.stop();
  });
});

test('a timer is fired by hand through the admin route, with the master key', async () => {
  const data = temporaryFolder();
  const host = await functionsHost('timers-cjs', { data });
  const { master } = JSON.parse(readFileSync(join(data, 'host-keys.json'), 'utf8')) as { master: string };
  const fire = async (name: string, key: string) =>
    (await fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', headers: { 'x-functions-key': key } }))
      .status;
  assert.deepEqual(
    [await fire('span', 'wrong'), await fire('nosuch', master), await fire('span', master)],
    [401, 404, 202],
  );
  await host.stop();
  assert.equal(of('span').length, 1);
});
