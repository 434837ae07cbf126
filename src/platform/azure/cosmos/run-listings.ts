/**
 * Listings by query, a page at a time. Each is ordered by one field made for it, so that the index alone answers. All but
 * `listDue` begin with the tenant, which sends them to the partitions of that tenant only.
 */
import type { JSONValue } from '@azure/cosmos';
import { runId, type RunId, type TenantId } from '../../../domain/ids.ts';
import type { Head } from '../../../domain/run/head.ts';
import type { Page, RunFilter } from '../../../ports/run-store.ts';
import type { Cursors } from '../../common/cursor.ts';
import { cutPage, pageSize } from '../../common/paging.ts';
import { ofTenant, type Containers } from './containers.ts';
import type { HeadItem } from './run-items.ts';

export async function listRuns(
  containers: Containers,
  cursors: Cursors,
  tenant: TenantId,
  filter: RunFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<Head>> {
  const asked = { list: 'runs', ...filter };
  const conditions = ['c.tenantId = @tenant', 'c.type = "head"'];
  const parameters: { name: string; value: JSONValue }[] = [{ name: '@tenant', value: tenant }];
  const add = (condition: string, name: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters.push({ name, value });
  };
  add('c.workflow = @workflow', '@workflow', filter.workflow);
  add('c.state = @state', '@state', filter.state);
  add('c.businessKey = @businessKey', '@businessKey', filter.businessKey);
  add('c.createdAt >= @from', '@from', filter.createdFrom);
  add('c.createdAt <= @to', '@to', filter.createdTo);
  if (cursor !== null)
    add('c.createdOrder < @before', '@before', (await cursors.read(tenant, asked, cursor, 2)).join('|'));
  const size = pageSize(limit);
  const query = `SELECT TOP ${size + 1} * FROM c WHERE ${conditions.join(' AND ')} ORDER BY c.createdOrder DESC`;
  const rows = ofTenant('runs', tenant, await containers.query<HeadItem>('runs', { query, parameters }));
  const heads = rows.map((row) => row.body);
  return cutPage(cursors, { tenant, asked, size }, heads, (head) => [head.createdAt, head.run]);
}

export async function listOpenRequests(
  containers: Containers,
  cursors: Cursors,
  tenant: TenantId,
  limit: number,
  cursor: string | null,
): Promise<Page<{ readonly run: RunId; readonly request: string }>> {
  const asked = { list: 'open-requests' };
  const after = cursor === null ? '' : (await cursors.read(tenant, asked, cursor, 3)).join('|');
  const size = pageSize(limit);
  const query =
    `SELECT TOP ${size + 1} c.tenantId, c.scopeId, c.id, c.openOrder FROM c ` +
    'WHERE c.tenantId = @tenant AND c.openOrder > @after ORDER BY c.openOrder';
  const parameters = [
    { name: '@tenant', value: tenant },
    { name: '@after', value: after },
  ];
  type Row = { readonly tenantId: string; readonly scopeId: string; readonly id: string; readonly openOrder: string };
  const rows = ofTenant('runs', tenant, await containers.query<Row>('runs', { query, parameters }));
  const { items, cursor: next } = await cutPage(cursors, { tenant, asked, size }, rows, (row) =>
    row.openOrder.split('|'),
  );
  return { items: items.map((row) => ({ run: runId(row.scopeId), request: row.id })), cursor: next };
}

/** The one query over all tenants. */
export async function listDue(
  containers: Containers,
  now: string,
  limit: number,
): Promise<readonly (readonly [tenant: string, run: string])[]> {
  const top = Math.max(1, Math.trunc(limit));
  const query = `SELECT TOP ${top} c.tenantId, c.scopeId, c.nextDue FROM c WHERE c.nextDue <= @now ORDER BY c.nextDue`;
  type Row = { readonly tenantId: string; readonly scopeId: string };
  const rows = await containers.query<Row>('runs', { query, parameters: [{ name: '@now', value: now }] });
  return rows.map((row) => [row.tenantId, row.scopeId]);
}
