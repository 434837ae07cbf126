/** What the catalogue holds: one item a version, and one item a name that says which version is active and repeats it. */
import type { TenantId } from '../../../domain/ids.ts';
import type { DefinitionKind, DefinitionVersion } from '../../../ports/definition-store.ts';
import type { Item, PartitionKey } from './containers.ts';

/** One partition a tenant: a publish of several documents is one batch. */
export const catalogueKey = (tenant: TenantId): PartitionKey => [tenant, 'definitions'];

export interface VersionItem extends Item {
  readonly type: 'version';
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly version: number;
  readonly body: DefinitionVersion;
}

/** `active` null: retired. `newest` goes on counting. */
export interface AliasItem extends Item {
  readonly type: 'alias';
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly newest: number;
  /** In the index: whether it is listed. */
  readonly listed: boolean;
  readonly active: DefinitionVersion | null;
  /** Random, of the batch that wrote it. */
  readonly commit: string;
}

export const aliasId = (kind: DefinitionKind, name: string): string => `alias~${kind}~${name}`;
export const versionId = (kind: DefinitionKind, name: string, version: number): string =>
  `version~${kind}~${name}~${version}`;

const place = (tenant: TenantId) => {
  const [tenantId, scopeId] = catalogueKey(tenant);
  return { tenantId, scopeId };
};

export function versionItem(tenant: TenantId, body: DefinitionVersion): VersionItem {
  const { kind, id: name, version } = body;
  return { id: versionId(kind, name, version), ...place(tenant), type: 'version', kind, name, version, body };
}

export function aliasItem(
  tenant: TenantId,
  alias: Pick<AliasItem, 'kind' | 'name' | 'newest' | 'active' | 'commit'>,
): AliasItem {
  const { kind, name, newest, active, commit } = alias;
  return {
    id: aliasId(kind, name),
    ...place(tenant),
    type: 'alias',
    kind,
    name,
    newest,
    listed: active !== null,
    active,
    commit,
  };
}
