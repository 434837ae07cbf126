/**
 * One instance: status, events, terminate, suspend, resume, purge, and the operations that make it run again.
 */
import type { Core } from '../core.ts';
import { ENDED, type Message, type RuntimeStatus } from '../records.ts';
import { MAX_PAYLOAD, Refusal } from '../refusals.ts';
import type { Weather } from '../weather.ts';
import type { ApiRequest } from './request.ts';
import { linksFor } from './binding.ts';
import { bodyText, sendEmpty, sendJson, sendMessage, sendText } from './http.ts';
import { begin } from './begin.ts';
import { statusBody } from './status.ts';

export async function getInstance(call: ApiRequest, id: string): Promise<void> {
  const { core, query, response } = call;
  const live = core.cache.find(id);
  if (!live) return sendEmpty(response, 404);
  const flag = (name: string, otherwise: boolean) => {
    const value = query.get(name);
    return value === null || value === '' ? otherwise : value.toLowerCase() === 'true';
  };
  const show = {
    input: flag('showInput', true),
    history: flag('showHistory', false),
    historyOutput: flag('showHistoryOutput', false),
  };
  const body = statusBody(core, live.row, show);
  await core.store.committed(); // what is shown must survive a crash
  const ended = ENDED.has(body.runtimeStatus as RuntimeStatus);
  const failed = body.runtimeStatus === 'Failed' && flag('returnInternalServerErrorOnFailure', false);
  if (ended) return sendJson(response, failed ? 500 : 200, body);
  const location = linksFor(call.links, id).statusQueryGetUri;
  sendJson(response, 202, body, { location, 'retry-after': '5' });
}

export async function deleteInstance(call: ApiRequest, id: string): Promise<void> {
  const { core, response } = call;
  if (!purge(core, id)) return sendEmpty(response, 404);
  await core.store.committed();
  sendJson(response, 200, { instancesDeleted: 1 });
}

/** Only what has ended can be purged. */
export function purge(core: Core, id: string): boolean {
  const live = core.cache.find(id);
  if (!live || !(ENDED.has(live.row.status) || id.startsWith('@')) || live.busy) return false;
  core.remove(live);
  return true;
}

export async function operateInstance(call: ApiRequest, id: string, operation: string): Promise<void> {
  const { response, query } = call;
  const reason = query.get('reason') ?? '';
  switch (operation) {
    case 'raiseEvent':
      return raise(call, id, call.parts.slice(3).join('/'));
    case 'terminate':
    case 'suspend':
    case 'resume':
      return tell(call, id, { k: operation, reason });
    case 'rewind':
      return rewindInstance(call, id, reason);
    case 'restart':
      return restart(call, id);
    default:
      return sendEmpty(response, 404);
  }
}

async function raise(call: ApiRequest, id: string, name: string): Promise<void> {
  const body = await bodyText(call.request);
  if (name === '') return sendMessage(call.response, 400, 'The event has no name.');
  if (/^\d+$/.test(name)) throw new Refusal('NUMERIC_EVENT_NAME', name);
  const input = body === '' ? 'null' : body;
  if (Buffer.byteLength(input) > MAX_PAYLOAD)
    throw new Refusal('PAYLOAD_TOO_LARGE', `The event "${name}"`, Buffer.byteLength(input), MAX_PAYLOAD);
  try {
    JSON.parse(input);
  } catch {
    return sendMessage(call.response, 400, 'The body is not JSON.');
  }
  if (call.core.options.weather) {
    const { there, copies } = await throughWeather(call.core.options.weather, call.core, id, name);
    if (!there) return sendEmpty(call.response, 404);
    const live = copies > 1 ? call.core.cache.find(id) : undefined;
    if (live && !ENDED.has(live.row.status)) call.core.post(live, { k: 'event', name, input });
  }
  return tell(call, id, { k: 'event', name, input });
}

async function throughWeather(weather: Weather, core: Core, id: string, name: string) {
  const live = core.cache.find(id);
  if (!live || ENDED.has(live.row.status)) return { there: true, copies: 1 };
  if (live.row.fresh === 1 && live.row.gen === 0 && weather.notYetThere(id)) return { there: false, copies: 0 };
  const { copies, delay } = weather.event(id, name);
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  return { there: true, copies };
}

/** 202 when it waits for the instance, 410 when the instance has ended, 404 when there is none. */
async function tell(call: ApiRequest, id: string, message: Message): Promise<void> {
  const { core, response } = call;
  const live = core.cache.find(id);
  if (!live) return sendEmpty(response, 404);
  if (ENDED.has(live.row.status)) return sendEmpty(response, 410);
  core.post(live, message);
  await core.store.committed();
  sendEmpty(response, 202);
}

async function rewindInstance({ core, rewind, response }: ApiRequest, id: string, reason: string): Promise<void> {
  const live = core.cache.find(id);
  if (!live) return sendText(response, 404, `No instance with ID '${id}' found.`);
  const refused = rewind(live, reason);
  if (refused !== undefined) return sendText(response, 412, refused);
  await core.store.committed();
  sendEmpty(response, 202);
}

/** A new instance with the same name and input; the same id only when asked for, and only over an ended one. */
async function restart(call: ApiRequest, id: string): Promise<void> {
  const { core, response, query } = call;
  const live = core.cache.find(id);
  if (!live) return sendMessage(response, 404, `No instance with ID '${id}' found.`);
  const same = query.get('restartWithNewInstanceId')?.toLowerCase() === 'false';
  const { name, input, version } = live.row;
  const newId = same ? id : core.newExec();
  const started = begin(core, { id: newId, name, input, ...(version === null ? {} : { version }) });
  if ('running' in started)
    return sendMessage(response, 409, `An Orchestration instance with the status ${started.running} already exists.`);
  await core.store.committed();
  const links = linksFor(call.links, newId);
  sendJson(response, 202, links, { location: links.statusQueryGetUri, 'retry-after': '10' });
}
