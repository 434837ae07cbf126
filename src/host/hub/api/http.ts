/**
 * Reading requests and writing answers of the management API. Knows HTTP, nothing of instances.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_PAYLOAD } from '../refusals.ts';

export class TooLarge extends Error {}

const MAX_BODY = MAX_PAYLOAD * 10;

/** The whole body as text. What is ten times larger than the platform's message limit is read to its end but not kept. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_BODY) throw new TooLarge();
  return Buffer.concat(chunks).toString('utf8');
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
