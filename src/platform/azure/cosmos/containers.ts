/**
 * The Cosmos DB containers and the only way to them. Every item carries both levels of the partition key; every read names a
 * full key, or is a query whose first condition is the tenant. What comes back is checked against the tenant again.
 */
import type { Container, CosmosClient, FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import { PlatformFault } from '../../../domain/errors.ts';
import { patiently, statusOf, unexpected, type Patience } from '../patience.ts';
import { counted } from './counted.ts';

export type ContainerName = 'runs' | 'live' | 'catalog' | 'work' | 'tenant-log';

/** Both levels: `/tenantId`, `/scopeId`. */
export type PartitionKey = readonly [tenantId: string, scopeId: string];

export interface Item {
  readonly id: string;
  readonly tenantId: string;
  readonly scopeId: string;
}
export interface Read<Stored extends Item> {
  readonly item: Stored;
  readonly etag: string;
}

/** One operation of a transactional batch. */
export type Operation =
  | { readonly kind: 'create' | 'upsert'; readonly item: Item }
  | { readonly kind: 'replace'; readonly item: Item; readonly etag: string }
  | { readonly kind: 'delete'; readonly id: string };

export type BatchOutcome =
  | { readonly done: true; readonly etags: readonly string[] }
  /** The operation that failed and its status; nothing was written. */
  | { readonly done: false; readonly at: number; readonly status: number };

/** Statuses that say what the batch met, not that the service had no time. */
const MEANINGFUL: ReadonlySet<number> = new Set([404, 409, 412]);
const PAGE = 200;
/** A query over several partitions is many requests in one. */
const MERGE_FACTOR = 5;

export class Containers {
  readonly #client: CosmosClient;
  readonly #database: string;
  readonly #patience: Patience;

  constructor(client: CosmosClient, database: string, patience: Patience) {
    this.#client = client;
    this.#database = database;
    this.#patience = patience;
  }

  #container(name: ContainerName): Container {
    return this.#client.database(this.#database).container(name);
  }

  /** `etag`: null when the item is still the one with this etag ("unchanged"), undefined when there is none. */
  async read<Stored extends Item>(
    name: ContainerName,
    key: PartitionKey,
    id: string,
    known?: string,
  ): Promise<Read<Stored> | 'unchanged' | null> {
    const what = `${name}: read`;
    try {
      return await patiently(this.#patience, what, async (abortSignal) => {
        const unless =
          known === undefined ? {} : { accessCondition: { type: 'IfNoneMatch' as const, condition: known } };
        const item = this.#container(name).item(id, [...key]);
        const answer = await counted(name, 'read', () => item.read<Stored>({ ...unless, abortSignal }));
        if (answer.statusCode === 304) return 'unchanged';
        // With a substatus it is something else that was not found: the container, or a replica that is as new as asked for.
        if (answer.statusCode === 404 && answer.substatus)
          throw Object.assign(new Error('not found'), { code: `404/${answer.substatus}` });
        if (answer.statusCode === 404 || answer.resource === undefined) return null;
        if (answer.resource.tenantId !== key[0]) throw foreign(name);
        return { item: answer.resource, etag: answer.etag };
      });
    } catch (error) {
      throw unexpected(what, error);
    }
  }

  /**
   * Writes all or nothing. A failure that names no operation (too large, forbidden) is thrown. An answer can be lost after the
   * batch was carried out; the batch is then sent again and fails on its own first writing, so callers that must know compare
   * the `commit` that they wrote.
   */
  async batch(name: ContainerName, key: PartitionKey, operations: readonly Operation[]): Promise<BatchOutcome> {
    const what = `${name}: batch`;
    try {
      return await patiently(this.#patience, what, async (abortSignal) => {
        const { items } = this.#container(name);
        const answer = await counted(name, 'batch', () =>
          items.batch(operations.map(toInput), [...key], { contentResponseOnWriteEnabled: false, abortSignal }),
        );
        const results = answer.result ?? [];
        const failed = results.findIndex(({ statusCode }) => statusCode >= 300 && statusCode !== 424);
        if (failed === -1) return { done: true, etags: results.map(({ eTag }) => eTag ?? '') };
        const { statusCode, retryAfterMilliseconds } = results[failed] as (typeof results)[number] & {
          readonly retryAfterMilliseconds?: number;
        };
        if (MEANINGFUL.has(statusCode)) return { done: false, at: failed, status: statusCode };
        throw Object.assign(new Error('batch'), { code: statusCode, retryAfterInMs: retryAfterMilliseconds });
      });
    } catch (error) {
      if (statusOf(error) === 413) throw new PlatformFault('LIMIT', 'the database takes batches of 2 MB at most');
      throw unexpected(what, error);
    }
  }

  /**
   * Within one partition when `key` is given, page by page, so that a page that is refused does not repeat those before it; else
   * wherever the query's conditions lead, merged by the SDK: such queries name how many they want.
   */
  async query<Row>(name: ContainerName, query: SqlQuerySpec, key?: PartitionKey): Promise<readonly Row[]> {
    const what = `${name}: query`;
    const ask = (options: FeedOptions) => this.#container(name).items.query<Row>(query, options);
    const rows: Row[] = [];
    let continuationToken: string | undefined;
    try {
      do {
        const page = await patiently(
          this.#patience,
          what,
          (abortSignal) => {
            const asked = ask({
              abortSignal,
              maxItemCount: PAGE,
              ...(key === undefined ? {} : { partitionKey: [...key] }),
              ...(continuationToken === undefined ? {} : { continuationToken }),
            });
            return counted(name, 'query', () => (key === undefined ? asked.fetchAll() : asked.fetchNext()));
          },
          key === undefined ? { timeFactor: MERGE_FACTOR } : {},
        );
        rows.push(...(page.resources ?? []));
        continuationToken = key === undefined ? undefined : page.continuationToken;
      } while (continuationToken !== undefined);
      return rows;
    } catch (error) {
      throw unexpected(what, error);
    }
  }

  /** Last writer wins; for heartbeats only. */
  async upsert(name: ContainerName, item: Item): Promise<void> {
    const what = `${name}: write`;
    try {
      await patiently(this.#patience, what, (abortSignal) =>
        counted(name, 'upsert', () => this.#container(name).items.upsert(item, { abortSignal })),
      );
    } catch (error) {
      throw unexpected(what, error);
    }
  }

  close(): void {
    this.#client.dispose();
  }
}

/** Items of a tenant's query: one of another tenant would be a hole, and ends the call. */
export function ofTenant<Row extends { readonly tenantId: string }>(
  name: ContainerName,
  tenant: string,
  rows: readonly Row[],
): readonly Row[] {
  if (rows.some((row) => row.tenantId !== tenant)) throw foreign(name);
  return rows;
}

function foreign(name: ContainerName): PlatformFault {
  return new PlatformFault('STORE_UNAVAILABLE', `${name}: an item of another tenant was answered`);
}

function toInput(operation: Operation) {
  switch (operation.kind) {
    case 'create':
      return { operationType: 'Create' as const, resourceBody: { ...operation.item } };
    case 'upsert':
      return { operationType: 'Upsert' as const, resourceBody: { ...operation.item } };
    case 'replace':
      return {
        operationType: 'Replace' as const,
        id: operation.item.id,
        resourceBody: { ...operation.item },
        ifMatch: operation.etag,
      };
    case 'delete':
      return { operationType: 'Delete' as const, id: operation.id };
  }
}
