/** Lanes in rough weather, watched by somebody who starts failed ones again, as the product's sweep does. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { testHub } from './support.ts';

export async function arriveAll(seed: number): Promise<void> {
  const hub = await testHub({ weather: { seed, timeScale: 1 / 500 } });
  try {
    const ids = Array.from({ length: 20 }, (_, n) => `lane-${seed}-${n}`);
    await Promise.all(
      ids.map(async (id) => {
        for (let tries = 0; ; tries += 1) {
          assert.ok(tries < 20, `${id} (seed ${seed}) never arrives`);
          // An id that fails would fail again in the same weather: its successor is another instance.
          const name = `${id}-${tries}`;
          await hub.start('countedMany', { key: name, n: 8 }, name);
          const status = await hub.until(name, 'Completed', 'Failed');
          if (status.runtimeStatus !== 'Completed') continue;
          assert.equal(status.output, 8);
          return;
        }
      }),
    );
  } finally {
    await hub.hub.stop(2000);
  }
  const db = new Database(hub.file);
  assert.deepEqual(db.prepare('SELECT * FROM queue').all(), []);
  db.close();
  await hub.stop();
}
