/**
 * What both outside systems of the demo share: an HTTP server on loopback, bearer tokens, JSON in and out. It stands for
 * other people's software, so it imports nothing of ours.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_BODY = 4_194_304;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  body(): Promise<unknown>;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of JSON. */
  readonly raw?: string;
}

/** Thrown by handlers; becomes a problem document. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
  }
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** `handle` may answer null: the socket is cut. Port 0, or one that is taken, means any free one. */
export async function serve(handle: (call: Call) => Promise<Answer | null>, port: number): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void answer(handle, request, response);
  });
  server.keepAliveTimeout = 30_000;
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    return listen(0);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function requireToken(call: Call, token: string): void {
  const given = createHash('sha256')
    .update(call.headers.authorization ?? '')
    .digest();
  const wanted = createHash('sha256').update(`Bearer ${token}`).digest();
  if (!timingSafeEqual(given, wanted)) throw new Refusal(401, 'a bearer token is needed');
}

/** JSON with an entity tag; 304 when the caller has it already. */
export function tagged(call: Call, body: unknown): Answer {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 24)}"`;
  if (call.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return { status: 200, body, headers: { etag } };
}

async function answer(
  handle: (call: Call) => Promise<Answer | null>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let result: Answer | null;
  try {
    result = await handle(callOf(request, response));
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    const detail = error instanceof Refusal ? error.message : 'something went wrong';
    result = { status, body: { status, detail }, headers: { 'content-type': 'application/problem+json' } };
  }
  if (response.destroyed) return;
  if (result === null) {
    request.socket.destroy();
    return;
  }
  const text = result.raw ?? (result.body === undefined ? '' : JSON.stringify(result.body));
  response.writeHead(result.status, {
    ...(text === '' ? {} : { 'content-type': 'application/json' }),
    ...(result.status === 304 ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    ...result.headers,
  });
  response.end(text);
}

function callOf(request: IncomingMessage, response: ServerResponse): Call {
  // A page in the developer's browser reaches loopback under any name it likes; only our own names are served.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) throw new Refusal(421, 'unknown host');
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    request,
    response,
    body: () => readJson(request),
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'the body must be application/json');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Refusal(413, 'the body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}
