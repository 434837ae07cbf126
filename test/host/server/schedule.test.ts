/** When timers fire, and how often a failed run is tried again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { retryDelayMs } from '../../../src/host/server/retry.ts';
import { parseSchedule } from '../../../src/host/server/schedule.ts';

const after = (text: string, start: string, count: number, zone?: string) => {
  const schedule = parseSchedule(text, zone);
  const found: string[] = [];
  for (let at = new Date(start); found.length < count;) {
    const next = schedule.next(at);
    if (!next) break;
    found.push(next.toISOString().replace(':00.000Z', 'Z'));
    at = next;
  }
  return found;
};

describe('schedules', () => {
  test('five and six fields, names, steps, lists', () => {
    assert.deepEqual(after('0 */5 9-10 * JAN MON', '2026-01-05T09:50:00Z', 3), [
      '2026-01-05T09:55Z',
      '2026-01-05T10:00Z',
      '2026-01-05T10:05Z',
    ]);
    assert.deepEqual(after('30 2 * * *', '2026-01-05T09:50:00Z', 1), ['2026-01-06T02:30Z']);
    assert.deepEqual(after('*/30 * * * * *', '2026-01-05T00:00:00Z', 2), [
      '2026-01-05T00:00:30.000Z',
      '2026-01-05T00:01Z',
    ]);
  });
  test('day of month and day of week must both match', () => {
    assert.deepEqual(after('0 0 0 13 * FRI', '2026-01-01T00:00:00Z', 2), ['2026-02-13T00:00Z', '2026-03-13T00:00Z']);
  });
  test('a time zone, over the change to summer time', () => {
    assert.deepEqual(after('0 30 3 * * *', '2026-03-28T00:00:00Z', 2, 'Europe/Berlin'), [
      '2026-03-28T02:30Z',
      '2026-03-29T01:30Z',
    ]);
  });
  test('a date that never comes has no next run', () =>
    assert.deepEqual(after('0 0 0 30 2 *', '2026-01-01T00:00:00Z', 1), []));
  test('a time span', () => assert.deepEqual(after('1.00:00:00', '2026-01-01T00:00:00Z', 1), ['2026-01-02T00:00Z']));
  test('below a minute no status is kept', () => {
    assert.deepEqual(
      ['*/59 * * * * *', '00:00:59', '0 * * * * *', '00:01:00'].map((text) => parseSchedule(text).frequent),
      [true, true, false, false],
    );
  });
  for (const bad of [
    '',
    '* * * *',
    '* * * * * * 2026',
    '@daily',
    '0 0 0 L * *',
    '0 0 0 15W * *',
    '0 0 0 ? * *',
    '0 0 0 * * 2#1',
    '61 * * * * *',
    '00:00:00',
    '0 0 25 * * *',
  ])
    test(`"${bad}" is refused`, () => assert.throws(() => parseSchedule(bad)));
});

describe('retry policies', () => {
  test('fixed delay, as often as said', () => {
    const policy = { retryStrategy: 'fixedDelay' as const, maxRetryCount: 2, delayInterval: { seconds: 3 } };
    assert.deepEqual(
      [1, 2, 3].map((n) => retryDelayMs(policy, n)),
      [3000, 3000, undefined],
    );
  });
  test('exponential backoff between its bounds', () => {
    const policy = {
      retryStrategy: 'exponentialBackoff' as const,
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 10 },
    };
    assert.deepEqual(
      [1, 2, 3, 4, 5, 1000].map((n) => retryDelayMs(policy, n, () => 0.5)),
      [1000, 2000, 4000, 8000, 10_000, 10_000],
    );
  });
});
