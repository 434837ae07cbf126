/** Pages of a listing, the same on both platforms: how many items, what is left over, where the next page begins. */
import type { TenantId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { Page } from '../../ports/run-store.ts';
import type { Cursors } from './cursor.ts';

/** Pages are of 1–200 items, whatever is asked. */
export const pageSize = (limit: number): number => Math.min(200, Math.max(1, Math.trunc(limit)));

/** `rows` are one more than `size` when there is another page; `positionOf` the last shown row says where it begins. */
export async function cutPage<Row>(
  cursors: Cursors,
  listing: { readonly tenant: TenantId; readonly asked: Json; readonly size: number },
  rows: readonly Row[],
  positionOf: (row: Row) => readonly string[],
): Promise<Page<Row>> {
  const { tenant, asked, size } = listing;
  const items = rows.slice(0, size);
  const last = items.at(-1);
  const more = rows.length > size && last !== undefined;
  return { items, cursor: more ? await cursors.write(tenant, asked, positionOf(last)) : null };
}
