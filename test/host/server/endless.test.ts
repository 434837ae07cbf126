/** An orchestrator that never yields is named, and costs its own instance alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { superviseHost } from '../../../src/host/main.ts';
import { appFolder, temporaryFolder } from '../apps/support.ts';

test('goes on without the instance whose orchestrator never yields', { timeout: 30_000 }, async (context) => {
  const lines: string[] = [];
  const host = superviseHost({
    app: appFolder('endless-cjs'),
    port: 0,
    data: temporaryFolder(),
    watchdogMs: 1000,
    log: (_level, message) => void lines.push(message),
  });
  context.after(() => host.kill());
  const { url } = await host.ready;
  const ended = async (name: string) => {
    for (;;) {
      // While the process stands still, and between two processes, nobody answers.
      const answer = await fetch(`${url}/api/state/${name}`).catch(() => undefined);
      const state =
        answer?.status === 200 ? ((await answer.json()) as { runtimeStatus: string; output: string }) : null;
      if (state && ['Completed', 'Failed'].includes(state.runtimeStatus)) return state;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await fetch(`${url}/api/begin/endless`).catch(() => undefined); // the loop may come before the answer
  const { runtimeStatus, output } = await ended('endless');
  assert.equal(runtimeStatus, 'Failed');
  assert.match(output, /"endless" never gave the processor back.*\(ENDLESS_LOOP\)/);
  await fetch(`${url}/api/begin/fine`);
  assert.equal((await ended('fine')).runtimeStatus, 'Completed');
  const crashes = lines.filter((line) => line.startsWith('APP_CRASHED'));
  assert.equal(crashes.length, 1);
  assert.match(crashes[0] ?? '', /in function "endless" at src\/index\.js:\d+/);
  assert.equal(await host.stop(), 0);
});
