/** Turns what was counted into tables: operations a run, and what a number of runs costs at given prices. */
import { durableActions, requestUnits, type CosmosRequest } from './rates.ts';

/** What one run of a workflow asked of each service; written by the measuring run. */
export interface Measured {
  readonly workflow: string;
  readonly steps: number;
  readonly records: number;
  readonly durable: {
    readonly orchestrations: number;
    readonly activities: number;
    readonly timers: number;
    readonly events: number;
  };
  readonly cosmos: readonly CosmosRequest[];
  readonly blob: { readonly reads: number; readonly writes: number };
  readonly keyBlob: { readonly reads: number; readonly writes: number };
  readonly vault: { readonly keys: number; readonly secrets: number };
  readonly graph: number;
}

export interface Counted {
  readonly workflow: string;
  readonly [column: string]: string | number;
}

export function countsOf(measured: Measured): Counted {
  const of = (...kinds: readonly CosmosRequest['kind'][]): number =>
    measured.cosmos.filter(({ kind }) => kinds.includes(kind)).length;
  const units = measured.cosmos.reduce((sum, request) => sum + requestUnits(request), 0);
  return {
    workflow: measured.workflow,
    steps: measured.steps,
    records: measured.records,
    'Durable actions': durableActions(measured.durable),
    batches: of('batch', 'upsert'),
    'point reads': of('read', 'unchanged'),
    queries: of('query'),
    RUs: Math.round(units),
    'blob reads': measured.blob.reads + measured.keyBlob.reads,
    'blob writes': measured.blob.writes + measured.keyBlob.writes,
    'vault, keys': measured.vault.keys,
    'vault, secrets': measured.vault.secrets,
    Graph: measured.graph,
  };
}

export type Prices = Readonly<Record<string, number>>;

/** Dollars of one run by what is paid for. */
export function costOf(measured: Measured, prices: Prices): Readonly<Record<string, number>> {
  const price = (name: string): number => (prices[name] ?? 0) / 1_000_000;
  const counts = countsOf(measured);
  const number = (column: string): number => Number(counts[column] ?? 0);
  return {
    'Cosmos DB': number('RUs') * price('ru'),
    Durable: number('Durable actions') * price('action'),
    Blob: number('blob reads') * price('blobRead') + number('blob writes') * price('blobWrite'),
    'Key Vault': (number('vault, keys') + number('vault, secrets')) * price('vault'),
  };
}

export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
  const widths = columns.map((column, n) => Math.max(column.length, ...cells.map((line) => line[n]?.length ?? 0)));
  const format = (line: readonly string[]): string =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  return [format(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(format)].join('\n');
}
