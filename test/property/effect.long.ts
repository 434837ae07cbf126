/** The same lives, many more of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveOnce } from './effect-chaos.ts';

const FIRST = Number(process.env['EFFECT_SEED'] ?? 10_000);
const LIVES = 5_000;

test(`P4: ${LIVES} random lives of a write, seeds from ${FIRST}`, async () => {
  for (let seed = FIRST; seed < FIRST + LIVES; seed++) {
    const life = await liveOnce(seed);
    assert.equal(life.state, 'SUCCEEDED', life.trace);
    assert(
      life.written.every((times) => times === 1),
      `seed ${seed}: ${life.trace}`,
    );
  }
});
