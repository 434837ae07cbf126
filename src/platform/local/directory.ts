/**
 * The local directory: the active documents of `kind: Directory`. A person's principal id is `<tenant>:<user id>`, the form that
 * tokens of the development issuer have (`tid:oid`); documents and policies may name users by either form.
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
      return (await everyone(tenant)).get(fullId(tenant, id)) ?? null;
    },
    async members(tenant, who) {
      const users = new Set(who.users.map((user) => fullId(tenant, user)));
      const overlaps = (some: readonly string[], others: readonly string[]): boolean =>
        some.some((one) => others.includes(one));
      return [...(await everyone(tenant)).values()].filter(
        (person) => users.has(person.id) || overlaps(person.roles, who.roles) || overlaps(person.groups, who.groups),
      );
    },
  };
}

function fullId(tenant: TenantId, id: string): PrincipalId {
  return principalId(id.includes(':') ? id : `${tenant}:${id}`);
}

function toPerson(tenant: TenantId, user: UserEntry): Person {
  return {
    id: fullId(tenant, user.id),
    name: user.name ?? user.id,
    email: user.email ?? null,
    roles: user.roles ?? [],
    groups: user.groups ?? [],
    manager: user.manager === undefined ? null : fullId(tenant, user.manager),
  };
}
