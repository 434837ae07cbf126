/**
 * Definitions on Cosmos DB: reading the active version is one point read, publishing one batch under the etags of the names
 * that it changes. A changed document counts twice in a batch (version and name), so one publish takes half of what a batch does.
 */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../../domain/errors.ts';
import type { PrincipalId, TenantId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/json.ts';
import { VersionChanged } from '../../../ports/definition-store.ts';
import type { DefinitionKind, DefinitionStore, DefinitionVersion } from '../../../ports/definition-store.ts';
import type { Cursors } from '../../common/cursor.ts';
import { LIMITS } from '../../common/run-batch.ts';
import { pageSize } from '../../common/paging.ts';
import { inTurn } from '../in-turn.ts';
import { ofTenant, type Containers, type Operation, type Read } from './containers.ts';
import { aliasId, aliasItem, catalogueKey, versionId, versionItem, type AliasItem } from './definition-items.ts';
import type { VersionItem } from './definition-items.ts';

type Given = Parameters<DefinitionStore['publish']>[1][number];
type Published = Awaited<ReturnType<DefinitionStore['publish']>>;

/** Other instances that publish the same names at the same moment. */
const ROUNDS = 20;

export function cosmosDefinitionStore(containers: Containers, cursors: Cursors): DefinitionStore {
  const turn = inTurn();

  async function alias(tenant: TenantId, kind: DefinitionKind, name: string): Promise<Read<AliasItem> | null> {
    const read = await containers.read<AliasItem>('catalog', catalogueKey(tenant), aliasId(kind, name));
    return read === 'unchanged' ? null : read;
  }

  async function publish(
    tenant: TenantId,
    documents: readonly Given[],
    by: PrincipalId,
    at: Instant,
  ): Promise<Published> {
    const marks: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const standing = await Promise.all(documents.map(({ kind, id }) => alias(tenant, kind, id)));
      // An earlier round whose answer was lost may be what stands now.
      const ours = standing.findIndex((read) => read !== null && marks.includes(read.item.commit));
      const commit = ours === -1 ? randomBytes(12).toString('base64url') : (standing[ours]?.item.commit as string);
      const { operations, rows } = plan(tenant, documents, standing, by, at, commit);
      if (operations.length === 0) return rows;
      marks.push(commit);
      const outcome = await containers.batch('catalog', catalogueKey(tenant), operations);
      if (outcome.done) return rows;
    }
    throw new PlatformFault('CONFLICT', 'others kept publishing the same names; try again');
  }

  return {
    publish: (tenant, documents, by, at) => turn(tenant, () => publish(tenant, documents, by, at)),

    async active(tenant, kind, id) {
      return (await alias(tenant, kind, id))?.item.active ?? null;
    },

    async version(tenant, kind, id, version) {
      const read = await containers.read<VersionItem>('catalog', catalogueKey(tenant), versionId(kind, id, version));
      return read === null || read === 'unchanged' ? null : read.item.body;
    },

    async versions(tenant, kind, id, limit, cursor) {
      const asked = { list: 'versions', kind, id };
      const before =
        cursor === null ? Number.MAX_SAFE_INTEGER : Number((await cursors.read(tenant, asked, cursor, 1))[0]);
      const size = pageSize(limit);
      const query =
        `SELECT TOP ${size + 1} * FROM c WHERE c.tenantId = @tenant AND c.type = "version" AND c.kind = @kind ` +
        'AND c.name = @name AND c.version < @before ORDER BY c.version DESC';
      const parameters = [
        { name: '@tenant', value: tenant },
        { name: '@kind', value: kind },
        { name: '@name', value: id },
        { name: '@before', value: before },
      ];
      const rows = await containers.query<VersionItem>('catalog', { query, parameters }, catalogueKey(tenant));
      const items = ofTenant('catalog', tenant, rows.slice(0, size)).map((row) => (row as VersionItem).body);
      const last = items.at(-1);
      return {
        items,
        cursor:
          rows.length > size && last !== undefined ? await cursors.write(tenant, asked, [String(last.version)]) : null,
      };
    },

    async list(tenant, kind, limit, cursor) {
      const asked = { list: 'definitions', kind };
      const after = cursor === null ? '' : ((await cursors.read(tenant, asked, cursor, 1))[0] as string);
      const size = pageSize(limit);
      const query =
        `SELECT TOP ${size + 1} * FROM c WHERE c.tenantId = @tenant AND c.type = "alias" AND c.kind = @kind ` +
        'AND c.listed = true AND c.name > @after ORDER BY c.name';
      const parameters = [
        { name: '@tenant', value: tenant },
        { name: '@kind', value: kind },
        { name: '@after', value: after },
      ];
      const rows = await containers.query<AliasItem>('catalog', { query, parameters }, catalogueKey(tenant));
      const items = ofTenant('catalog', tenant, rows.slice(0, size)).map(
        (row) => (row as AliasItem).active as DefinitionVersion,
      );
      const last = items.at(-1);
      return {
        items,
        cursor: rows.length > size && last !== undefined ? await cursors.write(tenant, asked, [last.id]) : null,
      };
    },

    retire: (tenant, kind, id, expected) =>
      turn(tenant, async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const standing = await alias(tenant, kind, id);
          if (round > 0 && standing !== null && standing.item.active === null) return true;
          if (expected !== undefined && standing?.item.active?.digest !== expected) throw new VersionChanged(kind, id);
          if (standing === null || standing.item.active === null) return false;
          const commit = randomBytes(12).toString('base64url');
          const item = aliasItem(tenant, { ...standing.item, active: null, commit });
          const operation: Operation = { kind: 'replace', item, etag: standing.etag };
          if ((await containers.batch('catalog', catalogueKey(tenant), [operation])).done) return true;
        }
        throw new PlatformFault('CONFLICT', 'others kept publishing the same name; try again');
      }),
  };
}

/** What a publish would write over what stands. Throws `LIMIT` for more than one batch takes. */
function plan(
  tenant: TenantId,
  documents: readonly Given[],
  standing: readonly (Read<AliasItem> | null)[],
  by: PrincipalId,
  at: Instant,
  commit: string,
): { readonly operations: readonly Operation[]; readonly rows: Published } {
  const operations: Operation[] = [];
  let bytes = 0;
  const rows = documents.map(({ kind, id, digest, document, replaces }, n) => {
    const found = standing[n] ?? null;
    const active = found?.item.active ?? null;
    const before = found?.item.newest ?? 0;
    if (found !== null && found.item.commit === commit)
      return { kind, id, version: before, outcome: before === 1 ? ('created' as const) : ('updated' as const) };
    if (replaces !== undefined && active?.digest !== replaces) throw new VersionChanged(kind, id);
    if (active?.digest === digest) return { kind, id, version: active.version, outcome: 'unchanged' as const };
    const version = before + 1;
    const body: DefinitionVersion = { kind, id, version, digest, document, publishedBy: by, publishedAt: at };
    const item = aliasItem(tenant, { kind, name: id, newest: version, active: body, commit });
    operations.push({ kind: 'create', item: versionItem(tenant, body) });
    operations.push(found === null ? { kind: 'create', item } : { kind: 'replace', item, etag: found.etag });
    bytes += Buffer.byteLength(JSON.stringify(document)) * 2;
    return { kind, id, version, outcome: before === 0 ? ('created' as const) : ('updated' as const) };
  });
  if (operations.length > LIMITS.operations || bytes > LIMITS.bytes)
    throw new PlatformFault('LIMIT', `publish at most ${LIMITS.operations / 2} changed documents and 1 MB at once`);
  return { operations, rows };
}
