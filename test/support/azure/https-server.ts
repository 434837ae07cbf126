/**
 * HTTPS on the loopback with a certificate authority made for this process: the SDKs send no token over plain HTTP. Faults are
 * decided by the test for each request; what was asked is counted, so that a test can say how much a thing costs.
 */
import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';

export interface Asked {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What it is, in the words of the service (`batch`, `read`, `query`, `unwrap`); set by the service. */
  readonly operation: string;
  /** Filled in when it is answered. */
  answered?: { readonly status: number; readonly bytes: number };
}
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
}

/** `status`: refused, nothing done. `lost`: done, and the connection breaks. `reset`: breaks, nothing done. `silent`: no answer ever. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs?: number; readonly substatus?: number }
  | { readonly kind: 'lost' | 'reset' | 'silent' };
export type FaultRule = (asked: Asked, earlier: number) => Fault | null;

export interface Service {
  readonly name: string;
  operationOf(asked: Omit<Asked, 'operation' | 'answered'>): string;
  handle(asked: Asked, url: string): Answer;
}

export interface RunningService {
  readonly url: string;
  /** Requests so far, by operation. */
  readonly counts: Map<string, number>;
  readonly log: Asked[];
  faults: FaultRule | null;
  close(): Promise<void>;
}

/**
 * Names below `localhost` are the loopback (RFC 6761), also where the resolver of the machine does not know it: Key Vault's client
 * insists on a host below the domain that its challenge names.
 */
const systemLookup = dns.lookup;
dns.lookup = ((host: string, ...rest: unknown[]) =>
  (systemLookup as (...given: unknown[]) => void)(
    host.endsWith('.localhost') ? '127.0.0.1' : host,
    ...rest,
  )) as unknown as typeof dns.lookup;

let authority: Pick<ServerOptions, 'key' | 'cert'> | null = null;

/** Made once a process and trusted by it; the key never leaves the process. */
function certificate(): Pick<ServerOptions, 'key' | 'cert'> {
  if (authority !== null) return authority;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ca-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...ec,
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    );
    openssl('req', ...ec, '-keyout', file('key.pem'), '-out', file('request.pem'), '-subj', '/CN=localhost');
    writeFileSync(file('names'), 'subjectAltName=DNS:localhost,DNS:vault.localhost,DNS:secrets.localhost,IP:127.0.0.1');
    openssl(
      'x509',
      '-req',
      '-in',
      file('request.pem'),
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-out',
      file('cert.pem'),
      '-days',
      '2',
      '-extfile',
      file('names'),
    );
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(file('ca.pem'), 'utf8')]);
    authority = { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return authority;
}

/** `host`: `localhost` or a name below it. */
export async function startService(service: Service, host = 'localhost'): Promise<RunningService> {
  const server = createServer(certificate());
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const counts = new Map<string, number>();
  const log: Asked[] = [];
  const running: { faults: FaultRule | null; url: string } = { faults: null, url: '' };

  server.on('request', (request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'https://localhost');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const plain = {
      service: service.name,
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.concat(chunks),
    };
    const asked: Asked = { ...plain, operation: service.operationOf(plain) };
    const earlier = counts.get(asked.operation) ?? 0;
    counts.set(asked.operation, earlier + 1);
    log.push(asked);
    const fault = running.faults?.(asked, earlier) ?? null;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'silent') return;
    if (fault?.kind === 'status') {
      const wait =
        fault.retryAfterMs === undefined
          ? {}
          : { 'x-ms-retry-after-ms': String(fault.retryAfterMs), 'retry-after-ms': String(fault.retryAfterMs) };
      return send(response, {
        status: fault.status,
        headers: fault.substatus === undefined ? wait : { ...wait, 'x-ms-substatus': String(fault.substatus) },
        body: { code: 'Injected', message: 'injected', error: { code: 'Injected', message: 'injected' } },
      });
    }
    let given: Answer;
    try {
      given = service.handle(asked, running.url);
    } catch (error) {
      // A bug of the double must not look like an answer of the service: the test process shows it, the caller sees 500.
      process.stderr.write(`${service.name}: ${error instanceof Error ? error.stack : String(error)}\n`);
      given = { status: 500, body: { code: 'Bug', message: 'the double failed' } };
    }
    if (fault?.kind === 'lost') return void request.socket.destroy();
    asked.answered = { status: given.status, bytes: bytesOf(given).length };
    send(response, given);
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  running.url = `https://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: running.url,
    counts,
    log,
    get faults() {
      return running.faults;
    },
    set faults(rule) {
      running.faults = rule;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function bytesOf({ body }: Answer): Uint8Array {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

function send(response: ServerResponse, answer: Answer): void {
  const bytes = bytesOf(answer);
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'x-ms-request-id': '00000000-0000-0000-0000-000000000000',
    ...answer.headers,
  });
  response.end(bytes);
}
