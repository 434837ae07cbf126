/** Whatever goes wrong on the way: written exactly once, and without a person's word at no target twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveOnce } from './effect-chaos.ts';

const FIRST = 1_000;
const LIVES = 150;

test(`P4: ${LIVES} random lives of a write, seeds from ${FIRST}`, async () => {
  const ended = new Map<string, number>();
  for (let seed = FIRST; seed < FIRST + LIVES; seed++) {
    const life = await liveOnce(seed);
    assert.equal(life.state, 'SUCCEEDED', life.trace);
    assert(
      life.written.every((times) => times === 1),
      `seed ${seed}: ${life.trace}`,
    );
    ended.set(life.kind, (ended.get(life.kind) ?? 0) + 1);
  }
  assert.equal(ended.size, 3);
});
