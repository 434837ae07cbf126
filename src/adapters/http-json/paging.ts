/**
 * Reads a list page by page until it ends or a limit is reached. Every way of paging is a small machine: the address of the
 * first page, and from an answer the address of the next. A place seen twice is an error, so no cursor runs in a circle.
 */
import type { AdapterContext, HttpAnswer } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { at } from '../pointer.ts';
import { nextLink } from './link-header.ts';
import type { Paging, ReadResource } from './declaration.ts';

/** Where a page is: below the resource's path with these query values added, or an absolute link. */
interface Place {
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

export async function readPages(
  context: AdapterContext,
  resource: ReadResource,
  start: Place,
  limits: { readonly pageSize: number | null; readonly maxPages: number | null; readonly limit: number },
): Promise<readonly Json[]> {
  const paging = resource.paging;
  const size = limits.pageSize ?? ('size' in paging ? (paging.size ?? null) : null);
  const connectorPages = Number(context.connector.settings['maxPages'] ?? 1_000);
  const baseUrl = String(context.connector.settings['baseUrl']);
  const records: Json[] = [];
  const seen = new Set<string>();
  let place: Place | null = firstPlace(paging, start, size);
  for (let page = 0; place !== null; page += 1) {
    if (page === limits.maxPages) break;
    if (page >= connectorPages)
      throw new StepFault('OUTSIDE_TOO_LARGE', `the list has more than ${connectorPages} pages`);
    const mark = JSON.stringify([place.path, place.query]);
    if (seen.has(mark)) throw new StepFault('OUTSIDE_GARBAGE', 'the list named the same page twice');
    seen.add(mark);
    const answer = await context.http.send({ method: 'GET', path: place.path, query: place.query });
    const items = itemsOf(answer, resource);
    for (const item of items) records.push(item);
    if (records.length >= limits.limit) return records.slice(0, limits.limit);
    context.progress(null);
    place = nextPlace(paging, start, place, answer, { count: items.length, read: records.length, baseUrl });
  }
  return records;
}

function itemsOf(answer: HttpAnswer, resource: ReadResource): readonly Json[] {
  if (answer.status >= 400)
    throw new StepFault('OUTSIDE_REFUSED', JSON.stringify({ status: answer.status, answer: answer.body }));
  const items = answer.status === 204 ? [] : at(answer.body, resource.items);
  if (!Array.isArray(items))
    throw new StepFault('OUTSIDE_GARBAGE', `there is no list at \`${resource.items}\` of the answer`);
  return items as readonly Json[];
}

function firstPlace(paging: Paging, start: Place, size: number | null): Place {
  const query: Record<string, string | readonly string[]> = { ...start.query };
  if (paging.kind === 'odata' && size !== null) query['$top'] = String(size);
  if ('sizeParam' in paging && paging.sizeParam !== undefined && size !== null) query[paging.sizeParam] = String(size);
  if (paging.kind === 'offset') query[paging.param] = String(paging.first);
  return { path: start.path, query };
}

function nextPlace(
  paging: Paging,
  start: Place,
  here: Place,
  answer: HttpAnswer,
  { count, read, baseUrl }: { readonly count: number; readonly read: number; readonly baseUrl: string },
): Place | null {
  switch (paging.kind) {
    case 'none':
      return null;
    case 'cursor': {
      const next = at(answer.body, paging.next);
      if (next === undefined || next === null || next === '') return null;
      if (typeof next !== 'string' && typeof next !== 'number')
        throw new StepFault('OUTSIDE_GARBAGE', `the cursor at \`${paging.next}\` is neither text nor number`);
      return { path: start.path, query: { ...here.query, [paging.param]: String(next) } };
    }
    case 'offset': {
      // Targets may give fewer records than asked for: only an empty page, or their own total, is surely the end.
      if (count === 0) return null;
      const total = paging.total === undefined ? undefined : at(answer.body, paging.total);
      if (typeof total === 'number' && read >= total) return null;
      const step = paging.unit === 'pages' ? 1 : count;
      return {
        path: start.path,
        query: { ...here.query, [paging.param]: String(Number(here.query[paging.param]) + step) },
      };
    }
    case 'link':
      return follow(nextLink(answer.headers['link']), here, baseUrl);
    case 'odata':
      return follow(at(answer.body, '/@odata.nextLink') ?? null, here, baseUrl);
  }
}

/**
 * A link replaces path and query; a relative one stands to the page that gave it (RFC 3986), as services write both. The client
 * refuses a result that leaves the connector's origin or path.
 */
function follow(link: Json, here: Place, baseUrl: string): Place | null {
  if (link === null || link === '') return null;
  if (typeof link !== 'string') throw new StepFault('OUTSIDE_GARBAGE', 'the link to the next page is not text');
  const page = /^https?:\/\//i.test(here.path) ? here.path : `${baseUrl.replace(/\/+$/, '')}${here.path}`;
  if (!URL.canParse(link, page)) throw new StepFault('OUTSIDE_GARBAGE', 'the link to the next page cannot be read');
  return { path: new URL(link, page).href, query: {} };
}
