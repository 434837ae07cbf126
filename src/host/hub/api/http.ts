/**
 * Reading requests and writing answers of the management API. Knows HTTP, nothing of instances.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../http-body.ts';
import { MAX_PAYLOAD } from '../refusals.ts';

export class TooLarge extends Error {}

const MAX_BODY = MAX_PAYLOAD * 10;

/** The whole body as text; ten times the platform's message limit at most. */
export async function bodyText(request: IncomingMessage): Promise<string> {
  const body = await readBody(request, MAX_BODY);
  if (body === undefined) throw new TooLarge();
  return body.toString('utf8');
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}

export function sendEmpty(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-length': '0' });
  response.end();
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** The real API's error body. */
export function sendMessage(response: ServerResponse, status: number, message: string, code?: string): void {
  sendJson(response, status, code === undefined ? { Message: message } : { Message: message, Code: code });
}
