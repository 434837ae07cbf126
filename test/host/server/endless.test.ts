/** A function that never gives the processor back, or never answers, is named, and costs what was in hand alone. */
import assert from 'node:assert/strict';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { superviseHost, type SuperviseOptions } from '../../../src/host/main.ts';
import { appFolder, temporaryFolder } from '../apps/support.ts';

async function supervised(context: TestContext, more: Partial<SuperviseOptions> = {}) {
  const lines: string[] = [];
  const host = superviseHost({
    app: appFolder('endless-cjs'),
    port: 0,
    data: temporaryFolder(),
    watchdogMs: 1000,
    log: (_level, message) => void lines.push(message),
    ...more,
  });
  context.after(() => host.kill());
  const { url } = await host.ready;
  /** How it ended; a name is the instance's id. */
  async function ended(name: string): Promise<{ runtimeStatus: string; output: string }> {
    for (;;) {
      // While the process stands still, and between two processes, nobody answers.
      const answer = await fetch(`${url}/api/state/${name}`).catch(() => undefined);
      const state =
        answer?.status === 200 ? ((await answer.json()) as { runtimeStatus: string; output: string }) : null;
      if (state && ['Completed', 'Failed'].includes(state.runtimeStatus)) return state;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return {
    host,
    ended,
    crashes: () => lines.filter((line) => line.startsWith('APP_CRASHED')),
    begin: (name: string) => fetch(`${url}/api/begin/${name}`).catch(() => undefined), // the loop may come before the answer
  };
}

for (const [title, name, where, text] of [
  [
    'goes on without an orchestration that loops',
    'endless',
    'endless',
    /orchestrator "endless" never gave the processor back.*\(ENDLESS_LOOP\)/,
  ],
  [
    'goes on without an activity that loops',
    'callsSpin',
    'spin',
    /Activity function 'spin' failed: {2}node exited with code 137/,
  ],
  [
    'goes on without the operations of an entity that loops',
    'callsSpinner',
    'spinner',
    /entity "spinner" never gave the processor back.*\(ENDLESS_LOOP\)/,
  ],
] as const) {
  test(title, async (context) => {
    const { host, begin, ended, crashes } = await supervised(context);
    await begin(name);
    const { runtimeStatus, output } = await ended(name);
    assert.equal(runtimeStatus, 'Failed');
    assert.match(output, text);
    await begin('fine');
    assert.equal((await ended('fine')).runtimeStatus, 'Completed');
    assert.equal(crashes().length, 1, crashes().join('\n'));
    assert.match(crashes()[0] ?? '', new RegExp(`in function "${where}" at src/index\\.js:\\d+`));
    assert.equal(await host.stop(), 0);
  });
}

test('functionTimeout cuts off a function that never answers, and the process with it', async (context) => {
  const app = join(temporaryFolder(), 'app');
  cpSync(appFolder('endless-cjs'), app, { recursive: true });
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(app, 'node_modules'));
  writeFileSync(join(app, 'host.json'), '{ "version": "2.0", "functionTimeout": "00:00:01" }');
  const { host, begin, ended, crashes } = await supervised(context, { app });
  await begin('callsSilent');
  const { runtimeStatus, output } = await ended('callsSilent');
  assert.equal(runtimeStatus, 'Failed');
  assert.match(output, /Activity function 'silent' failed:/);
  assert.deepEqual(crashes(), ['APP_CRASHED: FUNCTION_TIMEOUT: "silent" worked for more than 1 s (functionTimeout)']);
  assert.equal(await host.stop(), 0);
});
