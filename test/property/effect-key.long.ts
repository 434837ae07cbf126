/** The same lives of runs that share an effect key, many more of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveTogether } from './effect-key-chaos.ts';

const FIRST = Number(process.env['EFFECT_SEED'] ?? 50_000);
const LIVES = 5_000;

test(`P4: ${LIVES} random lives of runs that share an effect key, seeds from ${FIRST}`, async () => {
  for (let seed = FIRST; seed < FIRST + LIVES; seed++) {
    const lives = await liveTogether(seed);
    assert(
      lives.written.every((times) => times === 1),
      lives.trace,
    );
    assert.equal(lives.codes.filter((code) => code === null).length, 1, lives.trace);
  }
});
