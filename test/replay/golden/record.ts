/**
 * Records histories: `node test/replay/golden/record.ts 0.1`. Runs every script on the local hub in strict mode (all events,
 * JSON on the wire) and keeps each payload that the hub gave the lane, with what the lane decided. Run once for a release;
 * what was recorded is never changed afterwards.
 */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedApp } from '../../../src/host/contract.ts';
import { openHub } from '../../../src/host/hub/hub.ts';
import { loadApp } from '../../../src/host/seam/app-loader.ts';
import { currentLane, replay } from './replay.ts';
import { bellOf, SCRIPTS } from './scripts.ts';

const release = process.argv[2];
if (release === undefined || !/^\d+\.\d+$/.test(release)) throw new Error('name the release, such as 0.1');
const target = join(import.meta.dirname, '..', 'histories', release);

interface Payload {
  readonly instanceId: string;
  readonly history: readonly unknown[];
}
const payloads = new Map<string, Payload[]>();

function listening(app: LoadedApp): LoadedApp {
  return {
    ...app,
    invoke(name, invocation) {
      const { trigger } = invocation;
      const text = 'json' in trigger ? String(trigger.json) : 'null';
      if (name === 'lane' && text !== 'null') {
        const payload = JSON.parse(text) as Payload;
        payloads.set(payload.instanceId, [...(payloads.get(payload.instanceId) ?? []), payload]);
      }
      return app.invoke(name, invocation);
    },
  };
}

process.env['WEBSITE_HOSTNAME'] = 'localhost';
const folder = mkdtempSync(join(tmpdir(), 'golden-'));
const hub = await openHub({
  file: join(folder, 'hub.sqlite'),
  hubName: 'golden',
  durability: 'NORMAL',
  log: () => undefined,
  strict: { seed: 1 },
});
const server = createServer(
  (request, response) =>
    void hub.handle((request.url ?? '').split('?', 1)[0]!.slice('/durabletask/'.length), request, response, url),
);
await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const app = listening(await loadApp(join(import.meta.dirname, 'app')));
app.setDurableClientBinding(hub.clientBinding(url, `${url}/durabletask/`, 'key'));
await hub.start(app);

const ask = (method: string, path: string, body?: unknown) =>
  fetch(`${url}/durabletask/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
for (const [run, script] of Object.entries(SCRIPTS)) {
  const first = { tenant: 'golden', run, step: 1, fence: 1, verb: script[0]?.verb };
  await ask('POST', `orchestrators/lane/${run}`, first);
  for (let waited = 0; ; waited += 20) {
    const { runtimeStatus } = (await (await ask('GET', `instances/${run}`)).json()) as { runtimeStatus: string };
    if (['Completed', 'Failed'].includes(runtimeStatus)) break;
    if (waited > 30_000) throw new Error(`${run} stays ${runtimeStatus}`);
    if (waited % 200 === 0)
      for (const [at, line] of script.entries())
        if (line.bell) await ask('POST', `instances/${run}/raiseEvent/${bellOf(at + 2)}`, {});
    await new Promise((resume) => setTimeout(resume, 20));
  }
}
await hub.stop(0);
server.closeAllConnections();
server.close();
rmSync(folder, { recursive: true, force: true });

mkdirSync(target, { recursive: true });
for (const [run, all] of payloads) {
  // Each payload holds the ones before it: of a long lane the last of a generation and the short ones around it are enough.
  const kept =
    all.length <= 20 ? all : all.filter((payload, at) => at < 3 || at > all.length - 4 || ends(payload, all[at + 1]));
  const decisions = await Promise.all(
    kept.map(async (payload) => ({ payload, decided: await replay(currentLane(), payload) })),
  );
  writeFileSync(join(target, `${run}.json`), `${JSON.stringify(decisions)}\n`);
}
process.exit(0);

function ends(payload: Payload, next: Payload | undefined): boolean {
  return next !== undefined && next.history.length < payload.history.length;
}
