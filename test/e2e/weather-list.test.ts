/** Every end-to-end suite runs in rough weather, or says why it does not. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { CALM_ONLY, FIRST_SEEDS, IN_WEATHER_TOO, MANY_SEEDS } from './weather.ts';

test('each suite is named once: in rough weather too, or why not', () => {
  const suites = globSync('*.test.ts', { cwd: import.meta.dirname }).map((file) => file.replace('.test.ts', ''));
  const named = [...IN_WEATHER_TOO, ...Object.keys(CALM_ONLY), 'weather-list'];
  assert.deepEqual(named.toSorted(), suites.toSorted());
});

test('three seeds, and a hundred others for long runs', () => {
  assert.deepEqual([new Set(FIRST_SEEDS).size, new Set([...FIRST_SEEDS, ...MANY_SEEDS]).size], [3, 103]);
});
