/** Whatever several runs with one effect key go through: together they write each record once, and one of them has done it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveTogether } from './effect-key-chaos.ts';

const FIRST = 5_000;
const LIVES = 200;

test(`P4: ${LIVES} random lives of runs that share an effect key, seeds from ${FIRST}`, async () => {
  let lost = 0;
  for (let seed = FIRST; seed < FIRST + LIVES; seed++) {
    const lives = await liveTogether(seed);
    assert(
      lives.written.every((times) => times === 1),
      lives.trace,
    );
    assert.equal(lives.codes.filter((code) => code === null).length, 1, lives.trace);
    lost += lives.codes.filter((code) => code === 'EFFECT_EXISTS').length;
  }
  assert(lost > LIVES / 2, 'the runs have met at their key');
});
