/** kill -9 of the host at ten random instants: is anything lost, doubled or stuck? */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRun } from './kill.ts';

test('ten kills lose nothing, and every entity counts exactly', async (context) => {
  const seed = Date.now() % 100_000;
  context.diagnostic(`seed ${seed}`);
  const { entities, interrupted } = await killRun({ seed, kills: 10, size: 1 });
  assert.equal(entities, 14);
  assert.ok(interrupted >= 20, `only ${interrupted} instances were met at work`);
});
