/**
 * Starting an instance. An ended one of the same id is silently replaced, a living one refused with 409, as on Azure.
 */
import { randomUUID } from 'node:crypto';
import type { Core } from '../core.ts';
import { isBadId } from '../checks.ts';
import type { Live } from '../live.ts';
import { ENDED } from '../records.ts';
import { MAX_PAYLOAD, Refusal } from '../refusals.ts';
import type { ApiRequest } from './api.ts';
import { linksFor } from './binding.ts';
import { readBody, sendJson, sendMessage } from './http.ts';

export async function startInstance(call: ApiRequest, name: string, wanted: string | undefined): Promise<void> {
  const { core, response, query } = call;
  const body = await readBody(call.request);
  const input = inputText(body);
  if (input === undefined) return sendMessage(response, 400, 'The body is not JSON.');
  const id = wanted ?? randomUUID().replaceAll('-', '');
  if (isBadId(id)) throw new Refusal('BAD_INSTANCE_ID', id);
  const version = query.get('version');
  const started = begin(core, { id, name, input, ...(version === null ? {} : { version }) });
  if ('running' in started)
    return sendMessage(response, 409, `An Orchestration instance with the status ${started.running} already exists.`);
  await core.store.committed();
  const links = linksFor(call.links, id);
  sendJson(response, 202, links, { location: links.statusQueryGetUri, 'retry-after': '10' });
}

export function begin(
  core: Core,
  instance: { id: string; name: string; input: string | null; version?: string },
): { live: Live } | { running: string } {
  const existing = core.cache.find(instance.id);
  if (existing && !ENDED.has(existing.row.status)) {
    const { weather } = core.options;
    if (weather && existing.row.fresh === 1 && weather.secondStart(instance.id)) return { live: existing };
    return { running: existing.row.status };
  }
  return { live: core.create(instance, existing) };
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
