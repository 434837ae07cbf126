/**
 * Lists and bulk purges: filters by status, time, id prefix; pages by an opaque continuation token. Entities are among the
 * instances, as on Azure Storage.
 */
import type { Core } from '../core.ts';
import type { InstanceRow } from '../records.ts';

export interface Filter {
  from?: number;
  to?: number;
  statuses: string[];
  prefix?: string;
}

export const DEFAULT_TOP = 100;

export function filterFrom(query: URLSearchParams): Filter | { problem: string } {
  const filter: Filter = { statuses: [] };
  for (const [key, name] of [
    ['createdTimeFrom', 'from'],
    ['createdTimeTo', 'to'],
  ] as const) {
    const text = query.get(key);
    if (!text) continue;
    const time = Date.parse(text);
    if (Number.isNaN(time)) return { problem: `${key} is no date: use ISO 8601, as 2026-01-31T12:00:00Z.` };
    filter[name] = time;
  }
  const statuses = query.get('runtimeStatus');
  if (statuses) filter.statuses = statuses.split(',').map((status) => status.trim());
  const prefix = query.get('instanceIdPrefix');
  if (prefix) filter.prefix = prefix;
  return filter;
}

export function selectRows(
  core: Core,
  filter: Filter,
  after: number,
  top: number,
): { rows: InstanceRow[]; more: boolean } {
  const where = ['n > ?'];
  const values: (string | number)[] = [after];
  const add = (condition: string, ...bound: (string | number)[]) => {
    where.push(condition);
    values.push(...bound);
  };
  if (filter.from !== undefined) add('created >= ?', filter.from);
  if (filter.to !== undefined) add('created <= ?', filter.to);
  if (filter.prefix !== undefined) add('substr(id, 1, ?) = ?', filter.prefix.length, filter.prefix);
  if (filter.statuses.length > 0) add(`status IN (${filter.statuses.map(() => '?').join(',')})`, ...filter.statuses);
  const sql = `SELECT * FROM instances WHERE ${where.join(' AND ')} ORDER BY n LIMIT ?`;
  const rows = core.store.read((db) => db.prepare(sql).all(...values, top + 1) as InstanceRow[]);
  const more = rows.length > top;
  return { rows: rows.slice(0, top), more };
}

export function tokenFor(row: InstanceRow): string {
  return Buffer.from(JSON.stringify({ n: row.n })).toString('base64');
}

export function readToken(token: string | undefined): number | undefined {
  if (!token) return 0;
  try {
    const { n } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { n?: unknown };
    return typeof n === 'number' ? n : undefined;
  } catch {
    return undefined; // not one of ours: the caller answers 400
  }
}
