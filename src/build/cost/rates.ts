/**
 * What operations cost: request units by size, from the figures that Microsoft publishes for point operations under strong
 * consistency, and prices. Both are estimates to compare designs with; every price can be given on the command line.
 */

/** One Cosmos DB request as a run made it. */
export interface CosmosRequest {
  readonly kind: 'read' | 'unchanged' | 'query' | 'batch' | 'upsert';
  /** Bytes of the items read, or of each item written. */
  readonly items: readonly {
    readonly write: 'create' | 'replace' | 'upsert' | 'delete' | null;
    readonly bytes: number;
  }[];
}

const KB = 1024;
/** Reading 1 KB costs 1 unit, 100 KB 10; strong reads ask two replicas. */
const STRONG = 2;
const readUnits = (bytes: number): number => STRONG * (1 + 0.09 * Math.max(0, bytes / KB - 1));
/** Writing 1 KB costs about 5.5 units with the few indexed fields that items have here; replacing one about twice that. */
const WRITE = { create: 5.5, upsert: 8, replace: 10.5, delete: 5.5 } as const;
const writeUnits = (kind: keyof typeof WRITE, bytes: number): number =>
  WRITE[kind] + (kind === 'delete' ? 0 : 0.45 * Math.max(0, bytes / KB - 1));
const QUERY = 2.8;

export function requestUnits({ kind, items }: CosmosRequest): number {
  switch (kind) {
    case 'read':
      return Math.max(
        STRONG,
        items.reduce((sum, { bytes }) => sum + readUnits(bytes), 0),
      );
    case 'unchanged':
      return STRONG;
    case 'query':
      return STRONG * QUERY + items.reduce((sum, { bytes }) => sum + readUnits(bytes) / 2, 0);
    case 'batch':
    case 'upsert':
      return items.reduce((sum, { write, bytes }) => sum + writeUnits(write ?? 'upsert', bytes), 0);
  }
}

/** Durable Task Scheduler counts a start as one action and an activity as two. */
export function durableActions(counts: {
  readonly orchestrations: number;
  readonly activities: number;
  readonly timers: number;
  readonly events: number;
}): number {
  return counts.orchestrations + 2 * counts.activities + counts.timers + counts.events;
}

/** Dollars a million of each; examples, to be replaced by those of one's region and contract. */
export const PRICES: Readonly<Record<string, { readonly perMillion: number; readonly what: string }>> = {
  ru: { perMillion: 0.25, what: 'request units, serverless' },
  action: { perMillion: 3, what: 'Durable actions, Consumption' },
  blobWrite: { perMillion: 5, what: 'blob writes and listings, hot' },
  blobRead: { perMillion: 0.4, what: 'blob reads, hot' },
  vault: { perMillion: 3, what: 'vault operations' },
};
