/**
 * The local directory: the active documents of `kind: Directory`. A person's principal id is the user id written there, the same
 * as the `oid` in tokens of the development issuer; who asks may also write it as `<tenant>:<user id>`.
 */
import { principalId, type PrincipalId, type TenantId } from '../../domain/ids.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Directory, Person } from '../../ports/directory.ts';

interface UserEntry {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly manager?: string;
}

export function localDirectory(definitions: DefinitionStore): Directory {
  async function everyone(tenant: TenantId): Promise<ReadonlyMap<PrincipalId, Person>> {
    const people = new Map<PrincipalId, Person>();
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<DefinitionStore['list']>> = await definitions.list(
        tenant,
        'Directory',
        100,
        cursor,
      );
      for (const { document } of page.items) {
        for (const user of (document['users'] ?? []) as unknown as readonly UserEntry[]) {
          const person = toPerson(tenant, user);
          if (!people.has(person.id)) people.set(person.id, person);
        }
      }
      cursor = page.cursor;
    } while (cursor !== null);
    return people;
  }

  return {
    async find(tenant, id) {
      return (await everyone(tenant)).get(ownId(tenant, id)) ?? null;
    },
    async members(tenant, who) {
      const users = new Set(who.users.map((user) => ownId(tenant, user)));
      const overlaps = (some: readonly string[], others: readonly string[]): boolean =>
        some.some((one) => others.includes(one));
      return [...(await everyone(tenant)).values()].filter(
        (person) => users.has(person.id) || overlaps(person.roles, who.roles) || overlaps(person.groups, who.groups),
      );
    },
  };
}

/** An id with the prefix of another tenant stays as it is, and so finds nobody. */
function ownId(tenant: TenantId, id: string): PrincipalId {
  return principalId(id.startsWith(`${tenant}:`) ? id.slice(tenant.length + 1) : id);
}

function toPerson(tenant: TenantId, user: UserEntry): Person {
  return {
    id: ownId(tenant, user.id),
    name: user.name ?? user.id,
    email: user.email ?? null,
    roles: user.roles ?? [],
    groups: user.groups ?? [],
    manager: user.manager === undefined ? null : ownId(tenant, user.manager),
  };
}
