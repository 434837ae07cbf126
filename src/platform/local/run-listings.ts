/** Listings of one tenant by index, a page at a time. Every statement begins with the tenant. */
import { runId, type RunId, type TenantId } from '../../domain/ids.ts';
import type { Head } from '../../domain/run/head.ts';
import type { Page, RunFilter } from '../../ports/run-store.ts';
import type { Cursors } from '../common/cursor.ts';
import { cutPage, pageSize } from '../common/paging.ts';
import type { ChainEnd, RunHeads } from './run-heads.ts';
import type { Listings } from './run-statements.ts';

export async function listRuns(
  listings: Listings,
  heads: RunHeads,
  cursors: Cursors,
  tenant: TenantId,
  filter: RunFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<Head>> {
  const query = { list: 'runs', ...filter };
  const conditions = ['tenant = ?'];
  const values: unknown[] = [tenant];
  const add = (condition: string, ...given: readonly unknown[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (filter.workflow !== undefined) add('workflow = ?', filter.workflow);
  if (filter.state !== undefined) add('state = ?', filter.state);
  if (filter.businessKey !== undefined) add('business_key = ?', filter.businessKey);
  if (filter.createdFrom !== undefined) add('created_at >= ?', filter.createdFrom);
  if (filter.createdTo !== undefined) add('created_at <= ?', filter.createdTo);
  if (cursor !== null) add('(created_at, run) < (?, ?)', ...(await cursors.read(tenant, query, cursor, 2)));
  const size = pageSize(limit);
  const statement = listings.prepare<ChainEnd>(
    `SELECT n, seq, hash FROM heads WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, run DESC LIMIT ?`,
  );
  const found = heads.list(() => statement.all(...values, size + 1));
  return cutPage(cursors, { tenant, asked: query, size }, found, (head) => [head.createdAt, head.run]);
}

export async function listOpenRequests(
  listings: Listings,
  cursors: Cursors,
  tenant: TenantId,
  limit: number,
  cursor: string | null,
): Promise<Page<{ readonly run: RunId; readonly request: string }>> {
  const query = { list: 'open-requests' };
  const values: unknown[] = [tenant];
  if (cursor !== null) values.push(...(await cursors.read(tenant, query, cursor, 3)));
  const size = pageSize(limit);
  const rows = listings
    .prepare<{ due_at: string; run: string; request: string }>(
      `SELECT due_at, run, request FROM open_requests WHERE tenant = ?${cursor === null ? '' : ' AND (due_at, run, request) > (?, ?, ?)'}
       ORDER BY due_at, run, request LIMIT ?`,
    )
    .all(...values, size + 1);
  const { items, cursor: next } = await cutPage(cursors, { tenant, asked: query, size }, rows, (row) => [
    row.due_at,
    row.run,
    row.request,
  ]);
  return { items: items.map((row) => ({ run: runId(row.run), request: row.request })), cursor: next };
}
