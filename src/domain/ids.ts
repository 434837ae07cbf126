/** Branded identifiers. Durable instance ids and blob names are built from these only: `[A-Za-z0-9_~-]`. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Branded<'TenantId'>;
export type WorkflowId = Branded<'WorkflowId'>;
/** A run, or later a shard: the second level of the partition key. */
export type RunId = Branded<'RunId'>;
/** Object id (`oid`) of a person or an application within the tenant of the scope (locally the directory's user id); `system` is the engine. */
export type PrincipalId = Branded<'PrincipalId'>;
export type ConnectorId = Branded<'ConnectorId'>;
/** The Durable instance that carries one path of a run. */
export type LaneId = Branded<'LaneId'>;

export const tenantId = (text: string): TenantId => text as TenantId;
export const workflowId = (text: string): WorkflowId => text as WorkflowId;
export const runId = (text: string): RunId => text as RunId;
export const principalId = (text: string): PrincipalId => text as PrincipalId;
export const connectorId = (text: string): ConnectorId => text as ConnectorId;

export const SYSTEM = principalId('system');

/** One run of one tenant: the full partition key of everything that the run stores. */
export interface RunScope {
  readonly tenant: TenantId;
  readonly run: RunId;
}

/** Lane that begins attempt 1 is named by the run alone; every other by run, step ordinal and fence. */
export function laneId(run: RunId, ordinal: number, fence: number): LaneId {
  return (ordinal === 0 && fence === 1 ? run : `${run}~${ordinal}~${fence}`) as LaneId;
}

/** Name of the one Durable event that wakes a suspended step; never used twice. */
export function bellName(ordinal: number, fence: number): string {
  return `bell~${ordinal}~${fence}`;
}
