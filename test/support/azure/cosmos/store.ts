/** Containers, partitions and items as the service keeps them: hierarchical keys, etags, TTL, batches that are all or nothing. */

export interface StoredItem {
  readonly body: Record<string, unknown>;
  readonly etag: string;
  /** Milliseconds at which it is gone; null: never. */
  readonly until: number | null;
}
export interface ContainerRules {
  readonly id: string;
  readonly appendOnly: boolean;
  /** Seconds; -1: only items that say so. */
  readonly defaultTtl: number;
  readonly indexed: readonly string[];
}
export interface BatchOperation {
  readonly operationType: 'Create' | 'Upsert' | 'Replace' | 'Delete' | 'Read';
  readonly id?: string;
  readonly resourceBody?: Record<string, unknown>;
  readonly ifMatch?: string;
}
export interface OperationResult {
  readonly statusCode: number;
  readonly eTag?: string;
  readonly requestCharge: number;
  readonly item?: StoredItem;
}

export const PATHS = ['tenantId', 'scopeId'] as const;
export const LIMIT_BYTES = 2 * 1024 * 1024;
let etags = 0;

type Partition = Map<string, StoredItem>;

export class CosmosContainer {
  readonly rules: ContainerRules;
  readonly #partitions = new Map<string, Partition>();
  readonly #nowMs: () => number;

  constructor(rules: ContainerRules, nowMs: () => number) {
    this.rules = rules;
    this.#nowMs = nowMs;
  }

  #partition(key: readonly unknown[]): Partition {
    const name = JSON.stringify(key);
    let partition = this.#partitions.get(name);
    if (partition === undefined) this.#partitions.set(name, (partition = new Map()));
    return partition;
  }

  #live(partition: Partition, id: string): StoredItem | undefined {
    const item = partition.get(id);
    if (item === undefined || item.until === null || item.until > this.#nowMs()) return item;
    partition.delete(id);
    return undefined;
  }

  read(key: readonly unknown[], id: string): StoredItem | undefined {
    return this.#live(this.#partition(key), id);
  }

  /** Everything that lives, or one partition of it. */
  items(key?: readonly unknown[]): readonly StoredItem[] {
    const chosen = key === undefined ? [...this.#partitions.values()] : [this.#partition(key)];
    return chosen.flatMap((partition) =>
      [...partition.keys()].flatMap((id) => {
        const item = this.#live(partition, id);
        return item === undefined ? [] : [item];
      }),
    );
  }

  /** One operation outside a batch is a batch of one. */
  batch(key: readonly unknown[], operations: readonly BatchOperation[]): readonly OperationResult[] {
    const partition = this.#partition(key);
    const before = new Map(partition);
    const results: OperationResult[] = [];
    for (const operation of operations) {
      const result = this.#apply(partition, key, operation);
      results.push(result);
      if (result.statusCode < 300) continue;
      partition.clear();
      for (const [id, item] of before) partition.set(id, item);
      return operations.map((_, n) => (n === results.length - 1 ? result : { statusCode: 424, requestCharge: 0 }));
    }
    return results;
  }

  #apply(partition: Partition, key: readonly unknown[], operation: BatchOperation): OperationResult {
    const { operationType, resourceBody: body, ifMatch } = operation;
    const fail = (statusCode: number): OperationResult => ({ statusCode, requestCharge: 1 });
    if (this.rules.appendOnly && operationType !== 'Create' && operationType !== 'Read') return fail(403);
    const id = operation.id ?? (body?.['id'] as string | undefined);
    if (typeof id !== 'string' || id === '' || id.length > 1023 || /[/\\?#]/.test(id)) return fail(400);
    const standing = this.#live(partition, id);
    if (operationType === 'Read')
      return standing === undefined ? fail(404) : { statusCode: 200, requestCharge: 1, item: standing };
    if (operationType === 'Create' && standing !== undefined) return fail(409);
    if ((operationType === 'Replace' || operationType === 'Delete') && standing === undefined) return fail(404);
    if (ifMatch !== undefined && standing !== undefined && ifMatch !== standing.etag) return fail(412);
    if (operationType === 'Delete') {
      partition.delete(id);
      return { statusCode: 204, requestCharge: 5 };
    }
    if (body === undefined || PATHS.some((path, n) => body[path] !== key[n]) || body['id'] !== id) return fail(400);
    const size = Buffer.byteLength(JSON.stringify(body));
    if (size > LIMIT_BYTES) return fail(413);
    const etag = `"${(++etags).toString(16).padStart(8, '0')}-0000-0000-0000-000000000000"`;
    const ttl = typeof body['ttl'] === 'number' ? (body['ttl'] as number) : this.rules.defaultTtl;
    const item: StoredItem = {
      body: {
        ...(JSON.parse(JSON.stringify(body)) as object),
        _etag: etag,
        _rid: `r${etags}`,
        _ts: Math.floor(this.#nowMs() / 1000),
      },
      etag,
      until: ttl > 0 ? this.#nowMs() + ttl * 1000 : null,
    };
    partition.set(id, item);
    return { statusCode: standing === undefined ? 201 : 200, eTag: etag, requestCharge: 5 + size / 1024, item };
  }
}
