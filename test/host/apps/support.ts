/** Starts the sample apps in the test's own process, with a data folder that is removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { startHost } from '../../../src/host/main.ts';
import { type HostOptions, type RunningHost, startHostWith } from '../../../src/host/server/start-host.ts';
import { noHub } from '../server/no-hub.ts';

export function appFolder(name: string): string {
  return join(import.meta.dirname, name);
}

// Registered here, at the top of the file, because a hook of a hook would run too early.
const hosts: RunningHost[] = [];
const folders: string[] = [];
after(async () => {
  for (const host of hosts) await host.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'functions-host-'));
  folders.push(folder);
  return folder;
}

/** With the task hub. */
export const durableHost = (name: string, more: Partial<HostOptions> = {}): Promise<RunningHost> =>
  running(startHost, name, more);

/** The Functions side alone. */
export const functionsHost = (name: string, more: Partial<HostOptions> = {}): Promise<RunningHost> =>
  running((options) => startHostWith(noHub, options), name, more);

async function running(
  start: (options: HostOptions) => Promise<RunningHost>,
  name: string,
  more: Partial<HostOptions>,
): Promise<RunningHost> {
  const host = await start({ app: appFolder(name), port: 0, data: temporaryFolder(), ...more });
  hosts.push(host);
  return host;
}
