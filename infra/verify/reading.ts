/** Reads what Azure answers: the forecast of a deployment, the cost of a group, what became of runs. Pure. */

export interface Forecast {
  readonly counts: Readonly<Record<string, number>>;
  /** Resources whose deletion or replacement would lose records. */
  readonly alarming: readonly string[];
}

interface Change {
  readonly changeType?: string;
  readonly resourceId?: string;
}

const precious = /\/(databaseAccounts|storageAccounts|vaults|sqlDatabases|containers|keys|schedulers|taskHubs)\//i;

/** `az deployment sub what-if --no-pretty-print` → how many of each change, and what must stop a deployment. */
export function readForecast(json: unknown): Forecast {
  const changes = ((json as { changes?: readonly Change[] } | null)?.changes ?? []).filter(
    (change) => change.changeType !== 'Ignore',
  );
  const counts: Record<string, number> = {};
  for (const { changeType = 'Unknown' } of changes) counts[changeType] = (counts[changeType] ?? 0) + 1;
  const alarming = changes
    .filter((change) => change.changeType === 'Delete' && precious.test(change.resourceId ?? ''))
    .map((change) => change.resourceId ?? '');
  return { counts, alarming };
}

export interface Cost {
  readonly service: string;
  readonly amount: number;
  readonly currency: string;
}

interface CostAnswer {
  readonly properties?: {
    readonly columns?: readonly { readonly name: string }[];
    readonly rows?: readonly (readonly unknown[])[];
  };
}

/** Answer of the cost management query, grouped by service; largest first. Columns are found by name, their order varies. */
export function readCost(json: unknown): Cost[] {
  const { columns = [], rows = [] } = (json as CostAnswer | null)?.properties ?? {};
  const column = (...names: string[]): number => columns.findIndex(({ name }) => names.includes(name));
  const [amount, service, currency] = [
    column('Cost', 'PreTaxCost', 'totalCost'),
    column('ServiceName'),
    column('Currency'),
  ];
  if (amount < 0) return [];
  return rows
    .map((row) => ({
      amount: Number(row[amount] ?? 0),
      service: String(row[service] ?? 'all services'),
      currency: String(row[currency] ?? ''),
    }))
    .toSorted((a, b) => b.amount - a.amount);
}

export function costQuery(from: string, to: string): unknown {
  return {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: { from, to },
    dataset: {
      granularity: 'None',
      aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
      grouping: [{ type: 'Dimension', name: 'ServiceName' }],
    },
  };
}

export interface Reconciled {
  readonly acknowledged: number;
  readonly succeeded: number;
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
  readonly open: readonly string[];
}

/** What became of the runs that were acknowledged while the app was restarted: none may be missing, failed or stuck. */
export function reconcile(acknowledged: readonly string[], states: ReadonlyMap<string, string | null>): Reconciled {
  const of = (test: (state: string | null) => boolean): string[] =>
    acknowledged.filter((run) => test(states.get(run) ?? null));
  const ended = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);
  return {
    acknowledged: acknowledged.length,
    succeeded: of((state) => state === 'SUCCEEDED').length,
    lost: of((state) => state === null),
    wrong: of((state) => state === 'FAILED' || state === 'CANCELLED'),
    open: of((state) => state !== null && !ended.has(state)),
  };
}

export interface Deployed {
  readonly group: string;
  readonly app: string;
  readonly url: string;
}

/** The outputs of main.bicep, whose names Azure gives back in another case. */
export function deployedFrom(outputs: Readonly<Record<string, { readonly value: string }>>): Deployed {
  const value = (name: string): string => {
    const found = Object.entries(outputs).find(([key]) => key.toUpperCase() === name);
    if (!found) throw new Error(`the deployment has no output ${name}`);
    return found[1].value;
  };
  return { group: value('AZURE_RESOURCE_GROUP'), app: value('COUNTERSIGN_APP_NAME'), url: value('COUNTERSIGN_URL') };
}
