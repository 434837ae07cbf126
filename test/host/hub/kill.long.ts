/** kill -9 of the host more than a hundred times, at other instants in each round. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRun } from './kill.ts';

for (let round = 0; round < 6; round += 1) {
  test(`twenty kills, round ${round}`, async (context) => {
    const seed = (Date.now() % 100_000) + round;
    context.diagnostic(`seed ${seed}`);
    const { entities, interrupted } = await killRun({ seed, kills: 20, size: 3 });
    assert.equal(entities, 42);
    assert.ok(interrupted >= 20, `only ${interrupted} instances were met at work`);
  });
}
