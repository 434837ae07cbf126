/** Thousands of random orchestrations. */
import { test } from 'node:test';
import { runPrograms } from './programs.ts';

for (let round = 0; round < 20; round += 1) {
  const seed = (Date.now() % 1_000_000) + round * 17;
  test(`random orchestrations, seed ${seed}`, { timeout: 120_000 }, async () => {
    await runPrograms(seed, 300, round % 2 === 0 ? {} : { strict: { seed } });
  });
}
