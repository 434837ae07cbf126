/** Random graphs under random faults: every run ends, every step once, every chain whole. A failure names its seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaosSeeds } from './run-chaos.ts';

test('P2 P5 P7: 200 chaotic runs end, each step once, each chain whole', async () => {
  const happened = await chaosSeeds(1, 200);
  const wanted = [
    'TAKEN_OVER',
    'WOKEN_EARLY',
    'DEADLINE_PASSED',
    'RETRY_STEP',
    'RETRY_RUN',
    'PAUSE',
    'CANCEL',
    'TERMINATE',
  ];
  for (const what of wanted)
    assert.ok((happened[what] ?? 0) > 0, `no ${what} happened: the test shows nothing about it`);
});
