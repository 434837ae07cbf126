/** Cuts a list into pages behind opaque cursors, as field-operations and ERP systems commonly do. Pure. */
import { Refusal } from './server.ts';

const MAX_PAGE = 500;

/** `limit` (1–500, default 100) and `after` from the query; `next` is null on the last page. */
export function pageOf<T>(
  items: readonly T[],
  query: URLSearchParams,
): { readonly value: readonly T[]; readonly next: string | null; readonly total: number } {
  const limit = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new Refusal(400, `limit must be between 1 and ${MAX_PAGE}`);
  const after = query.get('after');
  const start = after === null ? 0 : startOf(after);
  const end = start + limit;
  return { value: items.slice(start, end), next: end < items.length ? cursorOf(end) : null, total: items.length };
}

function cursorOf(start: number): string {
  return Buffer.from(`p:${start}`, 'utf8').toString('base64url');
}

function startOf(cursor: string): number {
  const match = /^p:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) throw new Refusal(400, 'the cursor cannot be read');
  return Number(match[1]);
}
