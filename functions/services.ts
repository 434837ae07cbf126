/** What `composition` hands to the functions: use cases' dependencies, who calls, and a few facts of the deployment. */
import type { DurableClient } from 'durable-functions';
import type { Deps } from '../src/ports/deps.ts';
import type { JsonObject } from '../src/domain/json.ts';
import type { Readiness } from '../src/app/health.ts';
import type { TenantId } from '../src/domain/ids.ts';
import type { Identity } from '../src/ports/identity.ts';
import type { LaneHistory } from '../src/ports/lane-history.ts';

export interface Services {
  readonly deps: Deps;
  readonly identity: Identity;
  readonly version: string;
  /** Problems of a connector document that is not stored yet, told by its adapter. */
  readonly checkConnector: (document: JsonObject) => readonly { readonly pointer: string; readonly message: string }[];
  /** Binds the Durable client of this process once an invocation has brought one. */
  readonly lanes: { readonly bound: boolean; readonly history: LaneHistory; bind(client: DurableClient): void };
  /** Asks every dependency; names those that do not answer. */
  readonly readiness: () => Promise<Readiness>;
  /** Tenants whose runs are measured. */
  readonly tenants: () => readonly TenantId[];
  /** How long the history of ended lanes is kept. */
  readonly historyDays: number;
}

/** Built on first use, once per process: nothing touches the network or the disk while the app loads. */
export type ServicesSource = () => Promise<Services>;
