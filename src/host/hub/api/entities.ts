/**
 * Entities over HTTP: read a state, signal an operation, list.
 */
import { entityInstance } from '../entity-rows.ts';
import { MAX_PAYLOAD, Refusal } from '../refusals.ts';
import type { ApiRequest } from './request.ts';
import { bodyText, sendEmpty, sendJson, sendMessage } from './http.ts';
import { hasFunction } from '../checks.ts';
import { DEFAULT_TOP, readToken, selectRows, tokenFor } from './list.ts';

export async function entityRequest(call: ApiRequest, method: string): Promise<void> {
  const [, name = '', ...rest] = call.parts;
  const key = rest.join('/');
  if (method === 'GET' && key === '') return list(call, name);
  if (key === '') return sendEmpty(call.response, 404);
  if (method === 'GET') return read(call, name, key);
  if (method === 'POST') return signal(call, name, key);
  sendEmpty(call.response, 404);
}

function schedulerId(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key}`;
}

async function read({ core, response }: ApiRequest, name: string, key: string): Promise<void> {
  const live = core.cache.find(schedulerId(name, key));
  if (!live || live.row.output === null) return sendEmpty(response, 404);
  const state = JSON.parse(live.row.output) as unknown;
  await core.store.committed();
  sendJson(response, 200, state);
}

async function signal(call: ApiRequest, name: string, key: string): Promise<void> {
  const { core, response, query } = call;
  const body = await bodyText(call.request);
  if (Buffer.byteLength(body) > MAX_PAYLOAD)
    throw new Refusal('PAYLOAD_TOO_LARGE', 'The input of the operation', Buffer.byteLength(body), MAX_PAYLOAD);
  if (!hasFunction(core, name, 'entityTrigger')) throw new Refusal('UNKNOWN_ENTITY', name);
  if (body !== '') {
    try {
      JSON.parse(body);
    } catch {
      return sendMessage(response, 400, 'The body is not JSON.');
    }
  }
  const op = query.get('op') ?? '';
  core.post(entityInstance(core, schedulerId(name, key)), { k: 'op', id: core.newExec(), name: op, input: body });
  await core.store.committed();
  sendEmpty(response, 202);
}

async function list(call: ApiRequest, name: string): Promise<void> {
  const { core, response, request, query } = call;
  const header = request.headers['x-ms-continuation-token'];
  const after = readToken(Array.isArray(header) ? header[0] : header);
  if (after === undefined) return sendMessage(response, 400, 'The continuation token is not one of this hub.');
  const filter = { statuses: [], prefix: name === '' ? '@' : `@${name.toLowerCase()}@` };
  const { rows, more } = selectRows(core, filter, after, DEFAULT_TOP);
  const fetchState = query.get('fetchState')?.toLowerCase() === 'true';
  const bodies = rows.map((row) => {
    const at = row.id.indexOf('@', 1);
    return {
      entityId: { name: row.id.slice(1, at), key: row.id.slice(at + 1) },
      lastOperationTime: new Date(row.updated).toISOString(),
      ...(fetchState ? { state: row.output === null ? null : (JSON.parse(row.output) as unknown) } : {}),
    };
  });
  const last = rows.at(-1);
  sendJson(response, 200, bodies, more && last ? { 'x-ms-continuation-token': tokenFor(last) } : {});
}
