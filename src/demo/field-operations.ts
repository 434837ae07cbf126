/**
 * The field-operations system of the demo: time records, projects, stock levels, read only, paged, behind a bearer token.
 * It stands for other people's software.
 */
import { pageOf } from './pages.ts';
import { Refusal, requireToken, serve, tagged, type Answer, type Call, type RunningServer } from './server.ts';
import { STOCK_LEVELS, SUPPLIERS } from './stock.ts';
import { PROJECTS, timeRecordsOf } from './time-records.ts';

export function startFieldOperations(options: {
  readonly token: string;
  readonly port?: number;
}): Promise<RunningServer> {
  return serve(async (call) => {
    if (call.path === '/health') return { status: 200, body: { status: 'up' } };
    requireToken(call, options.token);
    if (call.method !== 'GET') throw new Refusal(405, 'this system is read only');
    return route(call);
  }, options.port ?? 0);
}

function route(call: Call): Answer {
  const [, collection = '', id, ...more] = call.path.split('/').map(decodeURIComponent);
  if (more.length > 0) throw new Refusal(404, 'no such address');
  switch (collection) {
    case 'timesheets':
      return id === undefined ? tagged(call, pageOf(week(call), call.query)) : one(call, week(call), 'id', id);
    case 'projects':
      return id === undefined ? tagged(call, pageOf(PROJECTS, call.query)) : one(call, PROJECTS, 'code', id);
    case 'stock-levels':
      return id === undefined ? tagged(call, pageOf(STOCK_LEVELS, call.query)) : one(call, STOCK_LEVELS, 'sku', id);
    case 'suppliers':
      return id === undefined ? tagged(call, pageOf(SUPPLIERS, call.query)) : one(call, SUPPLIERS, 'id', id);
    default:
      throw new Refusal(404, 'no such address');
  }
}

function week(call: Call): NonNullable<ReturnType<typeof timeRecordsOf>> {
  const records = timeRecordsOf(call.query.get('week') ?? '');
  if (records === null) throw new Refusal(400, 'week must be an ISO week such as 2026-W46');
  return records;
}

function one<T extends object>(call: Call, items: readonly T[], key: keyof T, wanted: string): Answer {
  const found = items.find((item) => item[key] === wanted);
  if (found === undefined) throw new Refusal(404, 'no such record');
  return tagged(call, found);
}
