/** What `composition` hands to the functions: use cases' dependencies, who calls, and a few facts of the deployment. */
import type { Deps } from '../src/activities/deps.ts';
import type { Identity } from '../src/ports/identity.ts';

export interface Services {
  readonly deps: Deps;
  readonly identity: Identity;
  readonly version: string;
  /** Names and probes of the dependencies, for readiness. */
  readonly checks: readonly { readonly name: string; readonly probe: () => Promise<void> }[];
}

/** Built on first use, once per process: nothing touches the network or the disk while the app loads. */
export type ServicesSource = () => Promise<Services>;
