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

/** Somebody else has published since the caller read: their work is not overwritten unseen. */
export class VersionChanged extends Error {
  constructor(kind: DefinitionKind, id: string) {
    super(`${kind} ${id} is not the version that was read`);
    this.name = 'VersionChanged';
  }
}

export interface DefinitionStore {
  /**
   * Writes a new version of each document whose digest differs from its active one and makes it active, all or nothing.
   * Returns one row per document given: `unchanged` keeps the standing version. Throws `VersionChanged`, and writes nothing,
   * when the active digest of one is not the one that it `replaces`.
   */
  publish(
    tenant: TenantId,
    documents: readonly {
      readonly kind: DefinitionKind;
      readonly id: string;
      readonly digest: string;
      readonly document: JsonObject;
      readonly replaces?: string;
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
  /**
   * Takes the alias away: the id can no longer be used by anything new; its versions stay readable. `expected` is the digest
   * that has to be the active one: `VersionChanged` otherwise.
   */
  retire(tenant: TenantId, kind: DefinitionKind, id: string, expected?: string): Promise<boolean>;
}
