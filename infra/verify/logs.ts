/**
 * Whether what must not be logged is in the logs: a canary where secrets go, searched for in every table of the workspace. It
 * must not be found; the control, which is logged on purpose, must be, else the search would have proved nothing.
 * Pure: whoever searches brings the Azure CLI and the time.
 */
import { randomBytes } from 'node:crypto';
import type { Asked } from './smoke.ts';

export interface Planted {
  /** In place of a link's token, and in the input of a run. */
  readonly canary: string;
  /** The trace id that the start of the run names: every log line about it carries it. */
  readonly control: string;
  readonly asks: readonly Asked[];
}

export function plant(): Planted {
  const [canary, control] = [randomBytes(32).toString('hex').slice(0, 43), randomBytes(16).toString('hex')];
  const traceparent = `00-${control}-${randomBytes(8).toString('hex')}-01`;
  return {
    canary,
    control,
    asks: [
      { method: 'GET', path: `/approve/${canary}`, credential: 'none' },
      {
        method: 'POST',
        path: '/api/v1/workflows/verify-azure/runs',
        credential: 'good',
        headers: { traceparent },
        body: { input: { n: 1, canary } },
      },
    ],
  };
}

export interface Found {
  readonly table: string;
  readonly rows: number;
}

/** Body of the query: rows of the last hours that contain the token, by table. The audit of queries holds the query itself. */
export const searchFor = (token: string): unknown => ({
  query: `search "*${token}*" | where $table != "LAQueryLogs" | summarize Rows = count() by $table`,
  timespan: 'PT3H',
});

interface SearchAnswer {
  readonly error?: unknown;
  readonly tables?: readonly {
    readonly columns: readonly { readonly name: string }[];
    readonly rows: readonly (readonly unknown[])[];
  }[];
}

/** Throws for an answer that is none, or only a part of one: it must not read as "nothing found". */
export function readSearch(json: unknown): Found[] {
  const { error, tables } = (json ?? {}) as SearchAnswer;
  const [found] = tables ?? [];
  const column = (name: string): number => found?.columns.findIndex((one) => one.name === name) ?? -1;
  const [table, rows] = [column('$table'), column('Rows')];
  if (found === undefined || table < 0 || rows < 0 || error !== undefined)
    throw new Error(`the search of the logs was not answered: ${JSON.stringify(json).slice(0, 500)}`);
  return found.rows.map((row) => ({ table: String(row[table]), rows: Number(row[rows]) }));
}

export interface Search {
  find(token: string): readonly Found[];
  now(): number;
  pause(ms: number): Promise<void>;
}

/** Logs that have not arrived by then do not arrive. */
const ARRIVAL_MS = 20 * 60_000;
/** Tables differ in how late they are: the canary gets so many times longer than the control took. */
const LATER = 4;

/** Null when the control was found and the canary was not; else what is wrong. To be called when both were just planted. */
export async function judgeLogs({ find, now, pause }: Search, { canary, control }: Planted): Promise<string | null> {
  const planted = now();
  while (find(control).length === 0) {
    if (now() - planted >= ARRIVAL_MS)
      return 'the control is in no table: nothing is logged, or the search finds nothing';
    await pause(15_000);
  }
  await pause(LATER * (now() - planted));
  const leaks = find(canary);
  return leaks.length === 0
    ? null
    : `the canary is in ${leaks.map(({ table, rows }) => `${table} (${rows})`).join(', ')}`;
}
