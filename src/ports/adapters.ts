/** Adapters with their connector, as verbs get them: resolution chain and context in one call. */
import type { Adapter, AdapterContext, ConnectorView } from '../adapters/adapter.ts';
import type { TenantId } from '../domain/ids.ts';

export interface ResolvedConnector {
  readonly connector: ConnectorView;
  readonly adapter: Adapter;
  /** Policies that the connector demands for a write: ids in the order declared; absent declaration = `approval-required`. */
  policiesOf(target: { readonly resource: string } | { readonly command: string }): readonly string[];
  context(signal: AbortSignal, progress: (percent: number | null) => void): AdapterContext;
}

export interface Adapters {
  /** The active version, or the one given. Throws `StepFault` `CONNECTOR_UNKNOWN` or `ADAPTER_UNRESOLVED`. */
  resolve(tenant: TenantId, connector: string, version?: number): Promise<ResolvedConnector>;
}
