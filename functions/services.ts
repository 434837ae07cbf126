/** What `composition` hands to the functions: use cases' dependencies, who calls, and a few facts of the deployment. */
import type { DurableClient } from 'durable-functions';
import type { Deps } from '../src/activities/deps.ts';
import type { JsonObject } from '../src/domain/json.ts';
import type { Identity } from '../src/ports/identity.ts';

export interface Services {
  readonly deps: Deps;
  readonly identity: Identity;
  readonly version: string;
  /** Problems of a connector document that is not stored yet, told by its adapter. */
  readonly checkConnector: (document: JsonObject) => readonly { readonly pointer: string; readonly message: string }[];
  /** Names and probes of the dependencies, for readiness. */
  /** Binds the Durable client of this process once an invocation has brought one. */
  readonly lanes: { readonly bound: boolean; bind(client: DurableClient): void };
  readonly checks: readonly { readonly name: string; readonly probe: () => Promise<void> }[];
}

/** Built on first use, once per process: nothing touches the network or the disk while the app loads. */
export type ServicesSource = () => Promise<Services>;
