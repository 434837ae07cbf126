/**
 * The supervised host under `kill -9` of the process that runs host and app: whatever was acknowledged over HTTP ends,
 * with the right result, at the same address. The hub's own kill tests look closer; this one takes the whole host.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { superviseHost } from '../../../src/host/main.ts';
import { seededRandom } from '../../../src/host/hub/random.ts';
import { appFolder, temporaryFolder } from '../apps/support.ts';

const kills = 25;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test(`${kills} kills of host and app lose nothing that was acknowledged`, async (context) => {
  const seed = Date.now() % 1_000_000;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const data = temporaryFolder();
  const host = superviseHost({
    app: appFolder('patterns-esm'),
    port: 0,
    data,
    log: () => undefined,
    longestRestartMs: 250,
  });
  const { url } = await host.ready;
  const acknowledged: { statusQueryGetUri: string; expected: unknown }[] = [];
  const end = new AbortController();

  const client = async () => {
    while (!end.signal.aborted) {
      const numbers = Array.from({ length: 5 }, () => Math.floor(random() * 10));
      try {
        const response = await fetch(`${url}/start/fanOut`, { method: 'POST', body: JSON.stringify(numbers) });
        const { statusQueryGetUri } = (await response.json()) as { statusQueryGetUri: string };
        acknowledged.push({ statusQueryGetUri, expected: numbers.reduce((sum, n) => sum + n * n, 0) });
      } catch {
        // Nobody answered, so nothing was promised; the host is about to come back.
        await pause(20);
      }
    }
  };
  const clients = [client(), client(), client()];
  for (let n = 0; n < kills;) {
    await pause(50 + random() * 300);
    try {
      process.kill(Number(await (await fetch(`${url}/pid`)).text()), 'SIGKILL');
      n += 1;
    } catch {
      // It is on its way up; it is killed when it is back.
      await pause(20);
    }
  }
  end.abort();
  await Promise.all(clients);
  assert.ok(acknowledged.length > kills, `only ${acknowledged.length} were acknowledged`);
  for (const { statusQueryGetUri, expected } of acknowledged) {
    for (;;) {
      const status = await fetch(statusQueryGetUri).then(
        (answer) => answer.json() as Promise<{ runtimeStatus: string; output: unknown }>,
        () => undefined,
      );
      if (status && status.runtimeStatus !== 'Running' && status.runtimeStatus !== 'Pending') {
        assert.deepEqual([status.runtimeStatus, status.output], ['Completed', expected]);
        break;
      }
      await pause(20);
    }
  }
  context.diagnostic(`${acknowledged.length} instances`);
  assert.equal(await host.stop(), 0);
});
