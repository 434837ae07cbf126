/** Purge of old history: bounded, nothing young, and in turn everything that is old. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { purgeHistory } from '../../../src/app/purge-history.ts';
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { Telemetry } from '../../../src/ports/telemetry.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-11-21T10:00:00.000Z');

function hub(created: readonly number[], broken: (call: number) => boolean = () => false) {
  const held = new Set(created);
  const spans: [number, number][] = [];
  const faults: string[] = [];
  const telemetry: Telemetry = {
    event: () => undefined,
    fault: (code) => {
      faults.push(code);
      return 'e1';
    },
    within: (_work, run) => run(),
  };
  const history = {
    async purge(from: Date, to: Date): Promise<number> {
      spans.push([from.getTime(), to.getTime()]);
      if (broken(spans.length)) throw new PlatformFault('HUB_UNAVAILABLE', 'x');
      const gone = [...held].filter((at) => at >= from.getTime() && at < to.getTime());
      for (const at of gone) held.delete(at);
      return gone.length;
    },
  };
  return { deps: { history, telemetry }, held, spans, faults };
}

test('the day that has become due goes, and nothing younger', async () => {
  const { deps, held } = hub([NOW - 13.9 * DAY_MS, NOW - 14.1 * DAY_MS]);
  assert.equal(await purgeHistory(deps, { now: NOW, keepDays: 14 }), 1);
  assert.deepEqual([...held], [NOW - 13.9 * DAY_MS]);
});

test('called every hour it finds what is old, however old, and asks twice each time', async () => {
  const old = [20, 90, 200, 399].map((days) => NOW - days * DAY_MS);
  const { deps, held, spans } = hub(old);
  for (let hour = 0; hour < 400; hour++) await purgeHistory(deps, { now: NOW + hour * HOUR_MS, keepDays: 14 });
  assert.deepEqual([...held], []);
  assert.equal(spans.length, 800);
});

test('a hub that fails once does not keep the rest from being done', async () => {
  const { deps, spans, faults } = hub([], (call) => call === 1);
  assert.equal(await purgeHistory(deps, { now: NOW, keepDays: 14 }), 0);
  assert.deepEqual([spans.length, faults], [2, ['HUB_UNAVAILABLE']]);
});
