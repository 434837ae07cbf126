/**
 * Many instances at once: lists by filter and page, purges by filter.
 */
import { ENDED } from '../records.ts';
import type { ApiRequest } from './request.ts';
import { sendJson, sendMessage } from './http.ts';
import { purge } from './instances.ts';
import { DEFAULT_TOP, filterFrom, readToken, selectRows, tokenFor } from './list.ts';
import { statusBody } from './status.ts';

export async function listInstances(call: ApiRequest): Promise<void> {
  const { core, query, request, response } = call;
  const filter = filterFrom(query);
  if ('problem' in filter) return sendMessage(response, 400, filter.problem);
  const header = request.headers['x-ms-continuation-token'];
  const after = readToken(Array.isArray(header) ? header[0] : header);
  if (after === undefined) return sendMessage(response, 400, 'The continuation token is not one of this hub.');
  const top = Math.max(1, Math.min(Number(query.get('top') ?? DEFAULT_TOP) || DEFAULT_TOP, 1000));
  const { rows, more } = selectRows(core, filter, after, top);
  const input = query.get('showInput')?.toLowerCase() !== 'false';
  const bodies = rows.map((row) => statusBody(core, row, { input, history: false, historyOutput: false }));
  const last = rows.at(-1);
  sendJson(response, 200, bodies, more && last ? { 'x-ms-continuation-token': tokenFor(last) } : {});
}

export async function purgeInstances(call: ApiRequest): Promise<void> {
  const { core, query, response } = call;
  const filter = filterFrom(query);
  if ('problem' in filter) return sendMessage(response, 400, filter.problem);
  if (filter.from === undefined) return sendMessage(response, 400, 'createdTimeFrom is missing.');
  if (filter.statuses.length === 0) filter.statuses = [...ENDED];
  let deleted = 0;
  for (let after = 0; ;) {
    const { rows, more } = selectRows(core, filter, after, 500);
    for (const row of rows) if (ENDED.has(row.status) && purge(core, row.id)) deleted += 1;
    after = rows.at(-1)?.n ?? after;
    if (!more) break;
  }
  if (deleted === 0) return sendMessage(response, 404, 'No instance matches.');
  await core.store.committed();
  sendJson(response, 200, { instancesDeleted: deleted });
}
