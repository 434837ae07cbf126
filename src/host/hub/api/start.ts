/**
 * Starting an instance. An ended one of the same id is silently replaced, a living one refused with 409, as on Azure.
 */
import { randomUUID } from 'node:crypto';
import type { Core } from '../core.ts';
import { isBadId } from '../checks.ts';
import { ENDED } from '../records.ts';
import { MAX_PAYLOAD, Refusal } from '../refusals.ts';
import type { ApiRequest } from './request.ts';
import { begin } from './begin.ts';
import { linksFor } from './binding.ts';
import { getInstance } from './instances.ts';
import { bodyText, sendJson, sendMessage } from './http.ts';

export async function startInstance(call: ApiRequest, name: string, wanted: string | undefined): Promise<void> {
  const { core, response, query } = call;
  const body = await bodyText(call.request);
  const input = inputText(body);
  if (input === undefined) return sendMessage(response, 400, 'The body is not JSON.');
  const id = wanted ?? randomUUID().replaceAll('-', '');
  if (isBadId(id)) throw new Refusal('BAD_INSTANCE_ID', id);
  const version = query.get('version');
  const started = begin(core, { id, name, input, ...(version === null ? {} : { version }) });
  if ('running' in started)
    return sendMessage(response, 409, `An Orchestration instance with the status ${started.running} already exists.`);
  await core.store.committed();
  if (query.has('timeout') && (await endsInTime(core, id, query))) return getInstance(call, id);
  const links = linksFor(call.links, id);
  sendJson(response, 202, links, { location: links.statusQueryGetUri, 'retry-after': '10' });
}

/** `?timeout=SECONDS&pollingInterval=SECONDS`: waits for the end first, as `createAndWaitOnNewInstancePostUri` asks. */
async function endsInTime(core: Core, id: string, query: URLSearchParams): Promise<boolean> {
  const until = performance.now() + seconds(query.get('timeout'), 10) * 1000;
  const interval = seconds(query.get('pollingInterval'), 1) * 1000;
  for (;;) {
    const live = core.cache.find(id);
    if (!live || ENDED.has(live.row.status)) return true;
    const wait = Math.min(interval, until - performance.now());
    if (wait <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function seconds(text: string | null, otherwise: number): number {
  const value = Number(text ?? NaN);
  return Number.isFinite(value) && value > 0 ? value : otherwise;
}

/** JSON text of a start's input; no body is the empty string. */
function inputText(body: string): string | undefined {
  if (body === '') return '""';
  if (Buffer.byteLength(body) > MAX_PAYLOAD)
    throw new Refusal('PAYLOAD_TOO_LARGE', 'The input', Buffer.byteLength(body), MAX_PAYLOAD);
  try {
    JSON.parse(body);
    return body;
  } catch {
    return undefined;
  }
}
