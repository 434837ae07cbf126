/**
 * A hub with the test app in it, behind a real HTTP listener, driven as a client would: one per test, on a file of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostLog, LoadedApp, TaskHub } from '../../../src/host/contract.ts';
import { openHub, type HubOptions } from '../../../src/host/hub/hub.ts';
import { loadApp } from '../../../src/host/seam/app-loader.ts';

export interface LogLine {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

export interface Status {
  name: string;
  instanceId: string;
  runtimeStatus: string;
  input: unknown;
  output: unknown;
  customStatus: unknown;
  createdTime: string;
  lastUpdatedTime: string;
  historyEvents?: Record<string, unknown>[];
}

let app: Promise<LoadedApp> | undefined;
const appFolder = join(import.meta.dirname, 'app');

export interface TestHub {
  hub: TaskHub;
  url: string;
  file: string;
  log: LogLine[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  start(name: string, input?: unknown, id?: string): Promise<string>;
  status(id: string, query?: string): Promise<Status>;
  until(id: string, ...statuses: string[]): Promise<Status>;
  raise(id: string, event: string, data?: unknown): Promise<number>;
  run(name: string, input?: unknown): Promise<unknown>;
  /** Closes the hub and opens it again on the same file. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** With `held`, the hub takes requests but runs nothing until `restart`. */
export async function testHub(options: Partial<HubOptions> = {}, { held = false } = {}): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-'));
  const file = options.file ?? join(folder, 'hub.sqlite');
  const log: LogLine[] = [];
  const hostLog: HostLog = (level, message, fields = {}) => void log.push({ level, message, fields });
  process.env['WEBSITE_HOSTNAME'] = 'localhost';
  app ??= loadApp(appFolder);
  const loaded = await app;
  let hub = await openHub({ file, hubName: 'test', durability: 'NORMAL', log: hostLog, ...options });
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    void hub.handle(path.slice('/durabletask/'.length), request, response, self.url).catch((error: unknown) => {
      log.push({ level: 'error', message: String(error), fields: {} });
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connect = async () => {
    loaded.setDurableClientBinding(hub.clientBinding(url, `${url}/durabletask/`, 'key'));
    if (!held) await hub.start(loaded);
    held = false;
  };
  const self: TestHub = {
    get hub() {
      return hub;
    },
    url,
    file,
    log,
    call: (method, path, body, headers = {}) =>
      fetch(`${url}/durabletask/${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async start(name, input, id) {
      const response = await self.call('POST', `orchestrators/${name}${id ? `/${id}` : ''}`, text(input));
      if (response.status !== 202) throw new Error(`start: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
    async status(id, query = '') {
      const response = await self.call('GET', `instances/${id}${query}`);
      if (response.status === 404) throw new Error(`no instance ${id}`);
      return (await response.json()) as Status;
    },
    async until(id, ...statuses) {
      const wanted = statuses.length > 0 ? statuses : ['Completed', 'Failed', 'Terminated'];
      for (;;) {
        const status = await self.status(id);
        if (wanted.includes(status.runtimeStatus)) return status;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    async raise(id, event, data) {
      return (await self.call('POST', `instances/${id}/raiseEvent/${event}`, text(data))).status;
    },
    async run(name, input) {
      const status = await self.until(await self.start(name, input));
      if (status.runtimeStatus !== 'Completed')
        throw new Error(`${name}: ${status.runtimeStatus} ${String(status.output)}`);
      return status.output;
    },
    async restart() {
      await hub.stop(0);
      hub = await openHub({ file, hubName: 'test', durability: 'NORMAL', log: hostLog, ...options });
      await connect();
    },
    async stop() {
      await hub.stop(0);
      await closed(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await connect();
  return self;
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

export function pick(value: unknown, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
