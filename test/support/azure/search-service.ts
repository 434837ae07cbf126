/** The part of AI Search that the index adapter uses: one index, batches of documents, a search with a filter of our own form. */
import type { Answer, Asked, Service } from './https-server.ts';

interface Held {
  readonly key: string;
  readonly [field: string]: unknown;
}

export interface SearchService extends Service {
  readonly held: Map<string, Held>;
  /** Its definition, once it is made. */
  index: { readonly fields: readonly { readonly name: string; readonly filterable?: boolean }[] } | null;
}

/** Small, so that paging happens. */
const PAGE = 5;

export function searchService(name = 'countersign-documents'): SearchService {
  const held = new Map<string, Held>();
  const service: SearchService = { name: 'search', held, index: null, operationOf, handle };

  function handle(asked: Asked, url: string): Answer {
    if (!/^Bearer [\w.-]+$/.test(asked.headers['authorization'] ?? '')) return failed(401);
    const path = decodeURIComponent(asked.path);
    if (path === `/indexes('${name}')`) {
      if (asked.method === 'PUT') service.index = JSON.parse(asked.body.toString()) as typeof service.index;
      return service.index === null ? failed(404) : { status: asked.method === 'PUT' ? 201 : 200, body: service.index };
    }
    if (service.index === null) return failed(404);
    if (path === `/indexes('${name}')/docs/search.index`) return write(asked);
    if (path === `/indexes('${name}')/docs/search.post.search`) return search(asked, url);
    return failed(404);
  }

  function write(asked: Asked): Answer {
    const { value } = JSON.parse(asked.body.toString()) as { value: (Held & { '@search.action': string })[] };
    if (value.length > 1000) return failed(413);
    const results = value.map(({ '@search.action': action, ...document }) => {
      if (action === 'delete') held.delete(document.key);
      else held.set(document.key, { ...held.get(document.key), ...document } as Held);
      return { key: document.key, status: true, statusCode: 200, errorMessage: null };
    });
    return { status: 200, body: { value: results } };
  }

  function search(asked: Asked, url: string): Answer {
    const body = JSON.parse(asked.body.toString()) as { search: string; filter?: string; top?: number; skip?: number };
    const matches = filterOf(body.filter ?? '');
    if (matches === null) return failed(400);
    const words = body.search.toLowerCase().split(/\s+/);
    const all = [...held.values()].filter((one) => {
      const text: readonly string[] =
        `${String(one['title'])} ${String(one['text'])}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      return matches(one) && words.some((word) => text.includes(word));
    });
    const skip = body.skip ?? 0;
    const top = Math.min(body.top ?? 50, all.length - skip);
    const page = all.slice(skip, skip + Math.min(PAGE, top));
    const rest = top - page.length;
    const next =
      rest > 0
        ? {
            '@odata.nextLink': `${url}${asked.path}?api-version=x`,
            '@search.nextPageParameters': { ...body, skip: skip + PAGE, top: rest },
          }
        : {};
    return { status: 200, body: { value: page.map((one) => ({ '@search.score': 1, ...one })), ...next } };
  }

  return service;
}

function operationOf({ path }: Omit<Asked, 'operation' | 'answered'>): string {
  return path.split(/[./]/).at(-1) ?? '';
}

/** Exactly the three forms that the adapter writes, joined by `and`; anything else is refused. */
function filterOf(filter: string): ((held: Held) => boolean) | null {
  const tests: ((held: Held) => boolean)[] = [];
  for (const part of filter.split(' and ')) {
    const tenant = /^tenantId eq '([^']*)'$/.exec(part);
    const readers = /^readers\/any\(r: search\.in\(r, '([^']*)', '\|'\)\)$/.exec(part);
    const collection = /^search\.in\(collection, '([^']*)', '\|'\)$/.exec(part);
    if (tenant) tests.push((held) => held['tenantId'] === tenant[1]);
    else if (readers)
      tests.push((held) => (held['readers'] as string[]).some((one) => (readers[1] ?? '').split('|').includes(one)));
    else if (collection) tests.push((held) => (collection[1] ?? '').split('|').includes(String(held['collection'])));
    else return null;
  }
  return (held) => tests.every((each) => each(held));
}

const failed = (status: number): Answer => ({ status, body: { error: { code: String(status), message: 'refused' } } });
