/** Do random orchestrations answer what they must, however their completions fall together? */
import { test } from 'node:test';
import { runPrograms } from './programs.ts';

const seed = Date.now() % 1_000_000;

test('80 random orchestrations, direct', { timeout: 30_000 }, async (context) => {
  context.diagnostic(`seed ${seed}`);
  await runPrograms(seed, 80, {});
});

for (const cuts of [1, 2]) {
  test(`40 random orchestrations, strict, cuts by seed ${cuts}`, { timeout: 30_000 }, async (context) => {
    context.diagnostic(`seed ${seed + cuts}`);
    await runPrograms(seed + cuts, 40, { strict: { seed: cuts } });
  });
}
