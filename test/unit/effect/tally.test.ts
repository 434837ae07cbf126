/** What is told of the records of a failed write: every record once, exactly, in bounded room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tally, type Sent } from '../../../src/domain/effect/tally.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';

const sent = (batch: number, state: Sent['state'], more: Partial<Sent> = {}): Sent => ({
  batch,
  state,
  count: 2,
  keys: null,
  reason: null,
  refused: [],
  ...more,
});
const outcomes = (told: JsonObject): JsonObject[] => told['outcomes'] as JsonObject[];
const counts = ({ confirmed, refused, unknown, unsent, notListed }: JsonObject): Json =>
  [confirmed, refused, unknown, unsent, notListed] as Json;

test('records are told by request, with their keys, those that need somebody first', () => {
  const told = tally(
    [
      sent(2, 'unknown', { keys: ['e', 'f'] }),
      sent(0, 'confirmed', { keys: ['a', 'b'] }),
      sent(1, 'refused', { keys: ['c', 'd'], reason: { said: 'no' } }),
      sent(3, 'intended'),
    ],
    11,
  );
  assert.deepEqual(counts(told), [2, 2, 4, 3, 0]);
  assert.deepEqual(outcomes(told), [
    { outcome: 'refused', batch: 1, index: 2, count: 2, keys: ['c', 'd'], reason: { said: 'no' } },
    { outcome: 'unknown', batch: 2, index: 4, count: 2, keys: ['e', 'f'] },
    { outcome: 'unknown', batch: 3, index: 6, count: 2 },
    { outcome: 'confirmed', batch: 0, index: 0, count: 2, keys: ['a', 'b'] },
    { outcome: 'unsent', index: 8, count: 3 },
  ]);
});

test('a record that was left out of a confirmed request is refused, and its neighbours are not', () => {
  const refused = [0, 2, 3, 9].map((index) => ({ index, reason: `bad ${index}` }));
  const told = tally([sent(0, 'confirmed', { count: 5, keys: ['a', 'b', 'c', 'd', 'e'], refused })], null);
  assert.deepEqual(counts(told), [2, 3, 0, null, 0], 'an index beyond the request is nobody');
  assert.deepEqual(
    outcomes(told).map(({ outcome, index, keys, reason }) => [outcome, index, keys, reason]),
    [
      ['refused', 0, ['a'], 'bad 0'],
      ['refused', 2, ['c'], 'bad 2'],
      ['refused', 3, ['d'], 'bad 3'],
      ['confirmed', 1, ['b'], undefined],
      ['confirmed', 4, ['e'], undefined],
    ],
  );
});

test('however many records and however long their keys and reasons: all are counted, little is stored', () => {
  const keys = (batch: number): string[] => Array.from({ length: 100 }, (_, i) => `${batch}:${i}:${'k'.repeat(50)}`);
  const many = Array.from({ length: 400 }, (_, batch) =>
    sent(batch, batch < 390 ? 'confirmed' : 'refused', {
      count: 100,
      keys: keys(batch),
      reason: '\u{1f600}'.repeat(9_000),
    }),
  );
  const told = tally(many, 50_000);
  const { confirmed, refused, unknown, unsent } = told;
  assert.deepEqual([confirmed, refused, unknown, unsent], [39_000, 1_000, 0, 10_000]);
  const text = JSON.stringify(told);
  assert(text.length < 40_000, String(text.length));
  assert(text.isWellFormed());
  const listed = outcomes(told).reduce((sum, { count }) => sum + (count as number), 0);
  assert.equal(listed + (told['notListed'] as number), 50_000, 'every record is listed or counted as left out');
  assert.equal(outcomes(told).filter(({ outcome }) => outcome === 'refused').length, 10, 'refused ones come first');
});

test('keys that do not fit are left out; the records are told all the same', () => {
  const told = tally([sent(0, 'refused', { count: 1, keys: ['k'.repeat(40_000)] }), sent(1, 'unknown')], 3);
  assert.deepEqual(outcomes(told), [
    { outcome: 'refused', batch: 0, index: 0, count: 1 },
    { outcome: 'unknown', batch: 1, index: 1, count: 2 },
  ]);
});
