/** The same as `run-chaos.test.ts`, for ten thousand seeds. */
import { test } from 'node:test';
import { chaosSeeds } from './run-chaos.ts';

test('P2 P5 P7: 10,000 chaotic runs end, each step once, each chain whole', async () => {
  await chaosSeeds(1, 10_000);
});
