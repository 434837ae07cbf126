/**
 * HTTP on the worker protocol, both ways: the request as the library expects it, and the response that it gives
 * back. Pure but for writing to the response.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcData } from '../contract.ts';

/** Header values as one string each, as the real host sends them. */
export function flatHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** Query values by name, repeated ones joined with a comma (the real host does so outside stream mode). */
export function flatQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? `${query[name]},${value}` : value;
  return query;
}

export function toRpcRequest(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Buffer,
): RpcData {
  return {
    http: {
      url: url.href,
      method: request.method ?? 'GET',
      headers: flatHeaders(request),
      params,
      query: flatQuery(url),
      ...(body.length > 0 && { body: { bytes: body } }),
    },
  };
}

interface Nullable<T> {
  value?: T;
}

interface RpcCookie {
  name?: string;
  value?: string;
  domain?: Nullable<string>;
  path?: Nullable<string>;
  expires?: Nullable<{ seconds?: unknown }>;
  secure?: Nullable<boolean>;
  httpOnly?: Nullable<boolean>;
  sameSite?: string;
  maxAge?: Nullable<number>;
}

interface RpcResponse {
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: RpcCookie[];
  body?: RpcData | null;
}

const sameSites: Record<string, string> = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' };

function cookieText(cookie: RpcCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value ?? '')}`];
  const add = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) parts.push(`${name}=${String(value)}`);
  };
  const seconds = cookie.expires?.value?.seconds;
  if (seconds !== undefined) add('expires', new Date(Number(seconds) * 1000).toUTCString());
  add('max-age', cookie.maxAge?.value);
  add('domain', cookie.domain?.value);
  // The real host's default; in stream mode, where the library writes cookies, there is none.
  add('path', cookie.path?.value ?? '/');
  if (cookie.secure?.value) parts.push('secure');
  const sameSite = sameSites[cookie.sameSite ?? ''];
  if (sameSite) parts.push(`samesite=${sameSite.toLowerCase()}`);
  if (cookie.httpOnly?.value) parts.push('httponly');
  return parts.join('; ');
}

function bytesOf(body: RpcData | null | undefined): Uint8Array {
  if (!body) return new Uint8Array();
  if (body.bytes) return body.bytes;
  return Buffer.from(body.string ?? body.json ?? '');
}

/** Writes what a function returned; nothing returned is 204. */
export function writeRpcResponse(response: ServerResponse, returned: RpcData | undefined, method: string): void {
  if (!returned?.http) {
    response.writeHead(204).end();
    return;
  }
  const { statusCode, headers = {}, cookies = [], body } = returned.http as RpcResponse;
  response.statusCode = Number(statusCode ?? 200);
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() !== 'transfer-encoding') response.setHeader(name, value);
  }
  if (cookies.length > 0) response.setHeader('set-cookie', cookies.map(cookieText));
  const bytes = bytesOf(body);
  const bare = response.statusCode === 204 || response.statusCode === 304 || response.statusCode < 200;
  if (bare) {
    response.removeHeader('content-length');
    response.end();
    return;
  }
  response.setHeader('content-length', bytes.length);
  response.end(method === 'HEAD' ? undefined : bytes);
}

/** A short answer of the host's own. */
export function plain(
  response: ServerResponse,
  status: number,
  body = '',
  contentType = 'text/plain; charset=utf-8',
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(body) };
  if (body) headers['content-type'] = contentType;
  response.writeHead(status, headers).end(body);
}
