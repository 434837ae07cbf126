/** Arithmetic of instants: to the millisecond, whatever was read before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, later, msOf } from '../../../src/domain/instant.ts';

test('instants of one second are apart by their milliseconds', () => {
  const times = ['10:00:00.000Z', '10:00:00.001Z', '10:00:00.999Z', '10:00:01.000Z'].map(
    (time) => `2026-11-21T${time}`,
  );
  for (const from of times)
    for (const to of times) {
      assert.equal(msOf(from), Date.parse(from));
      assert.equal(between(from, to), Math.max(0, Date.parse(to) - Date.parse(from)));
      assert.equal(later(from, Date.parse(to) - Date.parse(from)), to);
    }
});
