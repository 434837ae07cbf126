/**
 * Cosmos DB as its REST interface shows itself to the SDK: account, containers, point reads, batches, queries with their plans,
 * over two physical partitions so that queries across partitions are planned, split and merged by the SDK as in production.
 */
import { createHash } from 'node:crypto';
import containers from '../../../../infra/content/cosmos-containers.json' with { type: 'json' };
import type { Answer, Asked, Service } from '../https-server.ts';
import { evaluate, parseQuery, SqlRefused, type Query } from './sql.ts';
import { CosmosContainer, LIMIT_BYTES, PATHS, type BatchOperation } from './store.ts';

const MOST_OPERATIONS = 100;
const PAGE_BYTES = 4 * 1024 * 1024;
/** Physical partitions: the hash of the full key decides. The first half of the space, and the second. */
const RANGES = [
  { id: '0', minInclusive: '', maxExclusive: '80' },
  { id: '1', minInclusive: '80', maxExclusive: 'FF' },
] as const;
const PLACEHOLDER = '{documentdb-formattableorderbyquery-filter}';

export interface CosmosService extends Service {
  readonly containers: ReadonlyMap<string, CosmosContainer>;
}

export function cosmosService(nowMs: () => number = Date.now, database = 'countersign'): CosmosService {
  const all = new Map(
    containers.map(({ name, appendOnly, defaultTtl, indexed }) => [
      name,
      new CosmosContainer({ id: name, appendOnly, defaultTtl, indexed }, nowMs),
    ]),
  );

  function handle(asked: Asked, url: string): Answer {
    const token = decodeURIComponent(asked.headers['authorization'] ?? '');
    if (!/^type=aad&ver=1\.0&sig=[\w.-]+$/.test(token)) return refused(401, 'a token of Entra is needed');
    if (asked.path === '/') return account(url);
    const [, dbs, db, colls, name = '', kind, id] = asked.path.split('/').map(decodeURIComponent);
    const container = all.get(name);
    if (dbs !== 'dbs' || db !== database || colls !== 'colls' || container === undefined)
      return refused(404, 'owner resource does not exist', OWNER_MISSING);
    if (kind === undefined) return collection(container);
    if (kind === 'pkranges') return { status: 200, body: { PartitionKeyRanges: RANGES, _count: RANGES.length } };
    if (kind !== 'docs') return refused(400, 'not supported');
    if (id !== undefined)
      return asked.method === 'GET' ? pointRead(container, asked, id) : refused(405, 'not supported');
    if (asked.headers['x-ms-cosmos-is-query-plan-request'] !== undefined) return plan(asked);
    if (asked.headers['x-ms-documentdb-isquery'] !== undefined) return query(container, asked);
    if (asked.headers['x-ms-cosmos-is-batch-request'] !== undefined) return batch(container, asked);
    return upsert(container, asked);
  }

  return { name: 'cosmos', containers: all, operationOf, handle };
}

function operationOf({ method, path, headers }: Omit<Asked, 'operation'>): string {
  if (path === '/' || path.endsWith('/pkranges') || !path.includes('/docs')) return 'metadata';
  if (headers['x-ms-cosmos-is-query-plan-request'] !== undefined) return 'query-plan';
  if (headers['x-ms-documentdb-isquery'] !== undefined) return 'query';
  if (headers['x-ms-cosmos-is-batch-request'] !== undefined) return 'batch';
  return method === 'GET' ? 'read' : 'upsert';
}

function account(url: string): Answer {
  const locations = [{ name: 'Test', databaseAccountEndpoint: url }];
  return {
    status: 200,
    body: {
      id: 'test',
      writableLocations: locations,
      readableLocations: locations,
      enableMultipleWriteLocations: false,
      userConsistencyPolicy: { defaultConsistencyLevel: 'Strong' },
    },
  };
}

function collection({ rules }: CosmosContainer): Answer {
  const paths = PATHS.map((path) => `/${path}`);
  return {
    status: 200,
    body: {
      id: rules.id,
      _rid: rules.id,
      defaultTtl: rules.defaultTtl,
      partitionKey: { kind: 'MultiHash', version: 2, paths },
    },
  };
}

/** Tells a missing container from a missing item. */
const OWNER_MISSING = 1003;

const refused = (status: number, message: string, substatus = 0): Answer => ({
  status,
  headers: { 'x-ms-substatus': String(substatus) },
  body: { code: String(status), message },
});

/** The full key, both levels, as the SDK sends it. */
function keyOf(asked: Asked): readonly unknown[] | null {
  const header = asked.headers['x-ms-documentdb-partitionkey'];
  const key = header === undefined ? null : (JSON.parse(header) as unknown[]);
  return key !== null && key.length === PATHS.length ? key : null;
}

function pointRead(container: CosmosContainer, asked: Asked, id: string): Answer {
  const key = keyOf(asked);
  if (key === null) return refused(400, 'the partition key is not complete');
  const item = container.read(key, id);
  if (item === undefined) return refused(404, 'no such item');
  if (asked.headers['if-none-match'] === item.etag)
    return { status: 304, headers: { etag: item.etag, 'x-ms-request-charge': '1' } };
  return { status: 200, headers: { etag: item.etag, 'x-ms-request-charge': '1' }, body: item.body };
}

function upsert(container: CosmosContainer, asked: Asked): Answer {
  const key = keyOf(asked);
  if (key === null || asked.headers['x-ms-documentdb-is-upsert'] === undefined) return refused(400, 'not supported');
  const body = JSON.parse(asked.body.toString()) as Record<string, unknown>;
  const [result] = container.batch(key, [{ operationType: 'Upsert', resourceBody: body }]);
  if (result === undefined || result.item === undefined) return refused(result?.statusCode ?? 400, 'refused');
  return { status: result.statusCode, headers: { etag: result.item.etag }, body: result.item.body };
}

function batch(container: CosmosContainer, asked: Asked): Answer {
  const key = keyOf(asked);
  const operations = JSON.parse(asked.body.toString()) as BatchOperation[];
  if (key === null || asked.headers['x-ms-cosmos-batch-atomic'] === undefined)
    return refused(400, 'not an atomic batch');
  if (operations.length === 0 || operations.length > MOST_OPERATIONS) return refused(400, 'too many operations');
  if (asked.body.length > LIMIT_BYTES) return refused(413, 'request size too large');
  const results = container.batch(key, operations);
  const failed = results.some(({ statusCode }) => statusCode >= 300);
  return {
    status: failed ? 207 : 200,
    body: results.map(({ statusCode, eTag, requestCharge }) => ({ statusCode, eTag, requestCharge })),
  };
}

interface QueryText {
  readonly query: string;
  readonly parameters?: readonly { readonly name: string; readonly value: unknown }[];
}

function parsed(asked: Asked): { query: Query; parameters: ReadonlyMap<string, unknown>; text: QueryText } {
  const text = JSON.parse(asked.body.toString()) as QueryText;
  const parameters = new Map((text.parameters ?? []).map(({ name, value }) => [name, value]));
  return { query: parseQuery(text.query.replaceAll(PLACEHOLDER, 'true')), parameters, text };
}

/** Which range a full key falls into. */
function rangeOf(body: Record<string, unknown>): string {
  const first = createHash('sha256')
    .update(JSON.stringify(PATHS.map((path) => body[path])))
    .digest()[0] as number;
  return first < 128 ? '0' : '1';
}

function query(container: CosmosContainer, asked: Asked): Answer {
  let asking;
  try {
    asking = parsed(asked);
  } catch (error) {
    if (error instanceof SqlRefused) return refused(400, error.message);
    throw error;
  }
  const scanned = asking.query.paths.find((path) => path !== '/id' && !container.rules.indexed.includes(path));
  // The service would order by no such path, and filter by it only at the cost of reading everything.
  if (scanned !== undefined) return refused(400, `${scanned} is not indexed`);
  const key = keyOf(asked);
  const range = asked.headers['x-ms-documentdb-partitionkeyrangeid'];
  if (asked.headers['x-ms-documentdb-partitionkey'] !== undefined && key === null)
    return refused(400, 'the partition key is not complete');
  if (key === null && range === undefined && (asking.query.order.length > 0 || asking.query.top !== null))
    return {
      status: 400,
      body: { code: 'BadRequest', message: 'Cross partition query only supports', additionalErrorInfo: '{}' },
    };
  const items = container
    .items(key ?? undefined)
    .map(({ body }) => body)
    .filter((body) => range === undefined || rangeOf(body) === range);
  const found = evaluate(asking.query, items, asking.parameters);
  const start = Number(asked.headers['x-ms-continuation'] ?? 0);
  const { page, next } = cut(found, start, Number(asked.headers['x-ms-max-item-count'] ?? 100));
  return {
    status: 200,
    headers: {
      'x-ms-request-charge': '2.5',
      'x-ms-item-count': String(page.length),
      ...(next === null ? {} : { 'x-ms-continuation': String(next) }),
    },
    body: { _rid: container.rules.id, Documents: page, _count: page.length },
  };
}

/** A page ends at the asked number of items or at 4 MB, whichever comes first. */
function cut(
  found: readonly unknown[],
  start: number,
  most: number,
): { page: readonly unknown[]; next: number | null } {
  let bytes = 0;
  let end = start;
  while (end < found.length && end - start < most) {
    bytes += Buffer.byteLength(JSON.stringify(found[end]));
    if (bytes > PAGE_BYTES && end > start) break;
    end += 1;
  }
  return { page: found.slice(start, end), next: end < found.length ? end : null };
}

/** The plan of a query across partitions: ordered ones are rewritten so that the SDK can merge them. */
function plan(asked: Asked): Answer {
  let query;
  try {
    ({ query } = parsed(asked));
  } catch (error) {
    if (error instanceof SqlRefused) return refused(400, error.message);
    throw error;
  }
  const condition = query.text.where === null ? PLACEHOLDER : `(${query.text.where}) AND (${PLACEHOLDER})`;
  const items = query.order.map(({ text }) => `{"item": ${text}}`).join(', ');
  const by = query.order.map(({ text, descending }) => `${text} ${descending ? 'DESC' : 'ASC'}`).join(', ');
  const payload = query.isValue ? query.text.select.replace(/^VALUE\s+/i, '') : payloadOf(query.text.select);
  const top = query.top === null ? '' : `TOP ${query.top} `;
  const rewritten =
    query.order.length === 0
      ? ''
      : `SELECT ${top}c._rid, [${items}] AS orderByItems, ${payload} AS payload FROM c WHERE ${condition} ORDER BY ${by}`;
  return {
    status: 200,
    body: {
      partitionedQueryExecutionInfoVersion: 2,
      queryInfo: {
        distinctType: 'None',
        top: query.top,
        offset: null,
        limit: null,
        orderBy: query.order.map(({ descending }) => (descending ? 'Descending' : 'Ascending')),
        orderByExpressions: query.order.map(({ text }) => text),
        groupByExpressions: [],
        aggregates: [],
        groupByAliasToAggregateType: {},
        rewrittenQuery: rewritten,
        hasSelectValue: query.isValue,
        hasNonStreamingOrderBy: false,
      },
      queryRanges: [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }],
    },
  };
}

/** `c.a, c.b` → an object of them; `*` → the item. */
function payloadOf(select: string): string {
  if (select.trim() === '*') return 'c';
  const fields = select.split(',').map((part) => part.trim());
  return `{${fields.map((field) => `"${field.split('.').at(-1)}": ${field}`).join(', ')}}`;
}
