/**
 * The host's two listeners, both on 127.0.0.1: the public one (front, Durable webhooks behind the system key, admin
 * behind the master key, HTTP triggers) and the one for the app's own Durable client, which has no key but a path
 * that nobody can guess.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostLog, TaskHub } from '../contract.ts';
import type { Cors } from './cors.ts';
import type { Front } from './front.ts';
import { plain } from './http-rpc.ts';
import { type HttpTriggers, keyOf } from './http-trigger.ts';
import type { Keys } from './keys.ts';
import { refusal } from './refusals.ts';

const webhooks = '/runtime/webhooks/durabletask';

export interface PublicServer {
  readonly server: Server;
  readonly port: number;
}

export interface PublicParts {
  triggers: HttpTriggers;
  keys: Keys;
  log: HostLog;
  cors: Cors;
  hub?: TaskHub | undefined;
  front?: Front | undefined;
  admin(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
}

/**
 * As the real host's server keeps an idle connection. Node's 5 s are so short that a client which was busy for a while sends
 * on a connection that is just being closed, and does not know whether it was heard.
 */
const KEEP_ALIVE_MS = 130_000;

/** Listens, so that the port is known before the app loads; answers 503 until `parts` are there. */
export async function listenPublic(
  port: number,
  parts: () => PublicParts | undefined,
  log: HostLog,
): Promise<PublicServer> {
  let bound = port;
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const ready = parts();
    if (!ready) return plain(response, 503);
    return void handle(ready, request, response, bound).catch((error: unknown) => {
      log('error', `A request failed inside the host: ${error instanceof Error ? error.name : 'error'}`);
      plain(response, 500);
    });
  });
  bound = await listen(server, port);
  return { server, port: bound };
}

async function handle(
  parts: PublicParts,
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
): Promise<void> {
  const url = urlOf(request, port);
  if (!url) return plain(response, 400);
  if (parts.cors.handled(request, response)) return;
  if (parts.front) {
    const said = await parts.front(request);
    if (said.refuse) return plain(response, said.refuse.status, said.refuse.body, said.refuse.contentType);
    for (const [name, value] of Object.entries(said.headers ?? {})) request.headers[name.toLowerCase()] = value;
  }
  const path = url.pathname;
  if (path === webhooks || path.startsWith(`${webhooks}/`)) return management(parts, request, response, url);
  if (path.startsWith('/admin/')) return parts.admin(request, response, url);
  return parts.triggers.serve(request, response, url);
}

async function management(
  { keys, hub }: PublicParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const kind = keys.kind(keyOf(request, url));
  if (kind === 'none') return plain(response, 401);
  if (kind !== 'system' && kind !== 'master') return plain(response, 403);
  if (!hub) return plain(response, 404);
  await hub.handle(url.pathname.slice(webhooks.length + 1), request, response, url.origin);
}

/** The absolute URL as the caller saw it; `undefined` when its Host header is no host. */
function urlOf(request: IncomingMessage, port: number): URL | undefined {
  const host = request.headers.host ?? `localhost:${port}`;
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  const target = request.url ?? '/';
  return URL.parse(target.startsWith('/') ? `http://${host}${target}` : target) ?? undefined;
}

export interface RpcListener {
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** The listener of the app's Durable client; its base ends in `/`, or the client would drop the last part. */
export async function listenRpc(hub: TaskHub, origin: () => string, log: HostLog): Promise<RpcListener> {
  const base = `/${randomBytes(24).toString('base64url')}/durabletask/`;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!path.startsWith(base)) return plain(response, 404);
    return void hub.handle(path.slice(base.length), request, response, origin()).catch((error: unknown) => {
      log('error', `A Durable client call failed inside the host: ${error instanceof Error ? error.name : 'error'}`);
      plain(response, 500);
    });
  });
  const port = await listen(server, 0);
  return { baseUrl: `http://127.0.0.1:${port}${base}`, close: () => closeServer(server, 0) };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(refusal('PORT_TAKEN', `Port ${port} is taken; stop what listens there or choose another with --port.`));
      else if (error.code === 'EACCES')
        reject(refusal('PORT_TAKEN', `Port ${port} needs rights that this user has not; choose another with --port.`));
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** No new connections at once; open requests get `graceMs` to end. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is kept alive becomes idle when its request ends; it must not hold the stop up.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}
