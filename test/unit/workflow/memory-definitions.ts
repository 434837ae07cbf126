/** Just enough of a definition store for tests of use cases; the real ones have a conformance suite. */
import type { DefinitionStore, DefinitionVersion } from '../../../src/ports/definition-store.ts';

export function memoryDefinitions(): DefinitionStore {
  const versions = new Map<string, DefinitionVersion[]>();
  const listOf = (tenant: string, kind: string, id: string): DefinitionVersion[] => {
    const key = `${tenant}/${kind}/${id}`;
    const list = versions.get(key) ?? [];
    versions.set(key, list);
    return list;
  };
  return {
    publish: async (tenant, documents, by, at) =>
      documents.map(({ kind, id, digest, document }) => {
        const list = listOf(tenant, kind, id);
        const active = list.at(-1);
        if (active?.digest === digest) return { kind, id, version: active.version, outcome: 'unchanged' as const };
        const version = list.length + 1;
        list.push({ kind, id, version, digest, document, publishedBy: by, publishedAt: at });
        return { kind, id, version, outcome: version === 1 ? ('created' as const) : ('updated' as const) };
      }),
    active: async (tenant, kind, id) => listOf(tenant, kind, id).at(-1) ?? null,
    version: async (tenant, kind, id, version) => listOf(tenant, kind, id)[version - 1] ?? null,
    versions: async (tenant, kind, id) => ({ items: listOf(tenant, kind, id), cursor: null }),
    list: async (tenant, kind) => ({
      items: [...versions]
        .filter(([key]) => key.startsWith(`${tenant}/${kind}/`))
        .flatMap(([, list]) => list.at(-1) ?? []),
      cursor: null,
    }),
    retire: async () => false,
  };
}
