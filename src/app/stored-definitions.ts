/** Every active definition of some kinds, page by page: the catalogue against which documents are validated. */
import type { DefinitionKind, DefinitionStore, DefinitionVersion } from '../ports/definition-store.ts';
import type { TenantId } from '../domain/ids.ts';

const PAGE = 200;

export async function allActive(
  definitions: Pick<DefinitionStore, 'list'>,
  tenant: TenantId,
  kinds: readonly DefinitionKind[],
): Promise<readonly DefinitionVersion[]> {
  const found: DefinitionVersion[] = [];
  for (const kind of kinds) {
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<DefinitionStore['list']>> = await definitions.list(tenant, kind, PAGE, cursor);
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
  }
  return found;
}
