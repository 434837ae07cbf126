/**
 * Entra as directory, asked afresh each time: who somebody is, and who is named, in a role or in a group (transitively). Roles are
 * the app roles of our own registration, given to people or to groups. The app's identity belongs to one tenant; people of other
 * tenants are unknown here, and so never eligible by role or group.
 */
import { principalId, type PrincipalId, type TenantId } from '../../../domain/ids.ts';
import type { Directory, Person } from '../../../ports/directory.ts';
import { Memory } from '../../common/memory.ts';
import type { Graph } from './graph.ts';

interface User {
  readonly id: string;
  readonly displayName?: string | null;
  readonly mail?: string | null;
  readonly accountEnabled?: boolean;
  readonly manager?: { readonly id: string } | null;
}
interface Member {
  readonly '@odata.type': string;
  readonly id: string;
}
interface RoleAssignment {
  readonly appRoleId: string;
  readonly resourceId: string;
  readonly principalId: string;
  readonly principalType: string;
}
/** The registration's service principal and the values of its roles, by id. */
interface Registration {
  readonly id: string;
  readonly appRoles: readonly { readonly id: string; readonly value: string | null }[];
}

export interface GraphDirectoryOptions {
  readonly graph: Graph;
  /** Tenant of the app's identity. */
  readonly tenant: string;
  /** Application id that tokens must be for. */
  readonly audience: string;
  readonly nowMs: () => number;
}

const USER = '$select=id,displayName,mail,accountEnabled&$expand=manager($select=id)';
const REGISTRATION_MS = 5 * 60_000;
const TOGETHER = 8;

export function graphDirectory({ graph, tenant: home, audience, nowMs }: GraphDirectoryOptions): Directory {
  const registrations = new Memory<Registration>(1, REGISTRATION_MS, nowMs);

  async function registration(): Promise<Registration> {
    const known = registrations.get(audience);
    if (known !== undefined) return known;
    const found = await graph.get<Registration>(
      `/servicePrincipals(appId='${encodeURIComponent(audience)}')?$select=id,appRoles`,
    );
    // A missing registration gives nobody a role; it is asked for again next time.
    if (found === null) return { id: '', appRoles: [] };
    registrations.set(audience, found);
    return found;
  }

  async function person(id: string): Promise<(Person & { readonly enabled: boolean }) | null> {
    const path = `/users/${encodeURIComponent(id)}`;
    const user = await graph.get<User>(`${path}?${USER}`);
    if (user === null) return null;
    const [groups, assignments, { id: own, appRoles }] = await Promise.all([
      graph.post<{ readonly value: readonly string[] }>(`${path}/getMemberGroups`, { securityEnabledOnly: false }),
      graph.list<RoleAssignment>(`${path}/appRoleAssignments`),
      registration(),
    ]);
    const roleIds = new Set((assignments ?? []).filter((one) => one.resourceId === own).map((one) => one.appRoleId));
    return {
      id: principalId(user.id),
      name: user.displayName ?? user.id,
      email: user.mail ?? null,
      roles: appRoles.flatMap((role) => (role.value !== null && roleIds.has(role.id) ? [role.value] : [])),
      groups: groups?.value ?? [],
      manager: user.manager ? principalId(user.manager.id) : null,
      enabled: user.accountEnabled !== false,
    };
  }

  async function idsInGroup(group: string): Promise<readonly string[]> {
    // Not by a cast in the path: Graph answers casts from an index that lags behind.
    const path = `/groups/${encodeURIComponent(group)}/transitiveMembers?$select=id&$top=999`;
    const members = (await graph.list<Member>(path)) ?? [];
    return members.filter((member) => member['@odata.type'] === '#microsoft.graph.user').map(({ id }) => id);
  }

  async function idsInRoles(roles: readonly string[]): Promise<readonly string[]> {
    if (roles.length === 0) return [];
    const { id, appRoles } = await registration();
    const wanted = new Set(
      appRoles.filter(({ value }) => value !== null && roles.includes(value)).map((role) => role.id),
    );
    if (wanted.size === 0) return [];
    const all = (await graph.list<RoleAssignment>(`/servicePrincipals/${id}/appRoleAssignedTo`)) ?? [];
    const given = all.filter((one) => wanted.has(one.appRoleId));
    const groups = given.filter((one) => one.principalType === 'Group');
    const inGroups = await Promise.all(groups.map((one) => idsInGroup(one.principalId)));
    return [...given.filter((one) => one.principalType === 'User').map((one) => one.principalId), ...inGroups.flat()];
  }

  return {
    async find(tenant, id) {
      const own = ownId(tenant, id);
      if (tenant !== home || own === null) return null;
      const found = await person(own);
      return found === null ? null : plain(found);
    },

    async members(tenant, who) {
      if (tenant !== home) return [];
      const users = who.users.flatMap((user) => ownId(tenant, user) ?? []);
      const lists = await Promise.all([idsInRoles(who.roles), ...who.groups.map((group) => idsInGroup(group))]);
      const ids = [...new Set([...users, ...lists.flat()])];
      const people: Person[] = [];
      for (let at = 0; at < ids.length; at += TOGETHER) {
        const some = await Promise.all(ids.slice(at, at + TOGETHER).map((id) => person(id)));
        // A blocked account cannot answer; asking it would only look like somebody was asked.
        for (const one of some) if (one !== null && one.enabled) people.push(plain(one));
      }
      return people;
    },
  };
}

function plain({ id, name, email, roles, groups, manager }: Person): Person {
  return { id, name, email, roles, groups, manager };
}

/** `<tenant>:<id>` is accepted for the own tenant; an id with another prefix is nobody's. */
function ownId(tenant: TenantId, id: string): PrincipalId | null {
  const bare = id.startsWith(`${tenant}:`) ? id.slice(tenant.length + 1) : id;
  return /^[A-Za-z0-9._-]{1,120}$/.test(bare) ? principalId(bare) : null;
}
