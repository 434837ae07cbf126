/** Immutable versions of every kind of document that people write, and the alias that says which one is active. */
import type { TenantId } from '../domain/ids.ts';
import type { Instant, JsonObject } from '../domain/json.ts';
import type { PrincipalId } from '../domain/ids.ts';
import type { Page } from './run-store.ts';

export type DefinitionKind = 'Workflow' | 'Connector' | 'Policy' | 'BusinessObject' | 'Directory';

export interface DefinitionVersion {
  readonly kind: DefinitionKind;
  readonly id: string;
  readonly version: number;
  /** SHA-256 (hex) of the canonical document. */
  readonly digest: string;
  /** The parsed document as its author wrote it: clear by design, secrets only by reference. */
  readonly document: JsonObject;
  readonly publishedBy: PrincipalId;
  readonly publishedAt: Instant;
}

export interface DefinitionStore {
  /**
   * Writes a new version of each document whose digest differs from its active one and makes it active, all or nothing.
   * Returns one row per document given: `unchanged` keeps the standing version.
   */
  publish(
    tenant: TenantId,
    documents: readonly {
      readonly kind: DefinitionKind;
      readonly id: string;
      readonly digest: string;
      readonly document: JsonObject;
    }[],
    by: PrincipalId,
    at: Instant,
  ): Promise<
    readonly {
      readonly kind: DefinitionKind;
      readonly id: string;
      readonly version: number;
      readonly outcome: 'created' | 'updated' | 'unchanged';
    }[]
  >;
  active(tenant: TenantId, kind: DefinitionKind, id: string): Promise<DefinitionVersion | null>;
  version(tenant: TenantId, kind: DefinitionKind, id: string, version: number): Promise<DefinitionVersion | null>;
  versions(
    tenant: TenantId,
    kind: DefinitionKind,
    id: string,
    limit: number,
    cursor: string | null,
  ): Promise<Page<DefinitionVersion>>;
  /** Active versions by id. */
  list(tenant: TenantId, kind: DefinitionKind, limit: number, cursor: string | null): Promise<Page<DefinitionVersion>>;
  /** Takes the alias away: the id can no longer be used by anything new; its versions stay readable. */
  retire(tenant: TenantId, kind: DefinitionKind, id: string): Promise<boolean>;
}
