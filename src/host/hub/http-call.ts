/**
 * One durable HTTP call, as `callHttp` asks for it. Every answer is a result, whatever its status; only a call without an
 * answer throws. Polling after a 202 belongs to the engine.
 */
import type { HttpCall } from './records.ts';
import { MAX_PAYLOAD, Refusal } from './refusals.ts';

export interface HttpResult {
  statusCode: number;
  headers: Record<string, string>;
  content: string;
}

const TIMEOUT_MS = 100_000;

export async function callHttp(call: HttpCall): Promise<HttpResult> {
  if (call.tokenResource !== undefined) {
    throw new Refusal('NO_IDENTITY', call.tokenResource);
  }
  const response = await fetch(call.uri, {
    method: call.method,
    ...(call.headers ? { headers: call.headers } : {}),
    ...(call.content === undefined ? {} : { body: call.content }),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const content = await response.text();
  const size = Buffer.byteLength(content);
  if (size > MAX_PAYLOAD) throw new Refusal('PAYLOAD_TOO_LARGE', 'The answer of callHttp', size, MAX_PAYLOAD);
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), content };
}
