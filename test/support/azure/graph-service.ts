/** The part of Microsoft Graph that the directory and the notifier use: people, groups, roles of one registration, mail. */
import type { Answer, Asked, Service } from './https-server.ts';

export interface GraphPerson {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly manager?: string;
  readonly enabled?: boolean;
}
export interface GraphService extends Service {
  readonly mails: { readonly sender: string; readonly body: Record<string, unknown> }[];
  /** Groups that have a role: their members have it through the group. */
  readonly roleGroups: Map<string, string>;
}

const REGISTRATION = 'registration-id';
const roleId = (role: string): string => `role-${role}`;
/** Small, so that paging happens. */
const PAGE = 2;

export function graphService(people: readonly GraphPerson[], audience: string): GraphService {
  const mails: GraphService['mails'] = [];
  const roleGroups = new Map<string, string>();
  const roles = [...new Set(people.flatMap((person) => person.roles ?? []))];
  const assignmentsOf = (person: GraphPerson) => [
    ...(person.roles ?? []).map((role) => ({
      appRoleId: roleId(role),
      resourceId: REGISTRATION,
      principalId: person.id,
      principalType: 'User',
    })),
    // A role of another registration, which must count for nothing.
    { appRoleId: roleId('approver'), resourceId: 'other', principalId: person.id, principalType: 'User' },
  ];

  function page(asked: Asked, url: string, rows: readonly unknown[]): Answer {
    const from = Number(asked.query.get('$skiptoken') ?? 0);
    const query = new URLSearchParams(asked.query);
    query.set('$skiptoken', String(from + PAGE));
    const more = from + PAGE < rows.length ? { '@odata.nextLink': `${url}${asked.path}?${query}` } : {};
    return { status: 200, body: { value: rows.slice(from, from + PAGE), ...more } };
  }

  function handle(asked: Asked, url: string): Answer {
    if (!/^Bearer [\w.-]+$/.test(asked.headers['authorization'] ?? '')) return failed(401);
    const path = decodeURIComponent(asked.path);
    const [, kind, id = '', verb] = path.split('/');
    if (kind === `servicePrincipals(appId='${audience}')`)
      return {
        status: 200,
        body: { id: REGISTRATION, appRoles: roles.map((role) => ({ id: roleId(role), value: role })) },
      };
    if (kind === 'servicePrincipals' && id === REGISTRATION && verb === 'appRoleAssignedTo') {
      const direct = people.flatMap(assignmentsOf).filter(({ resourceId }) => resourceId === REGISTRATION);
      const groups = [...roleGroups].map(([group, role]) => ({
        appRoleId: roleId(role),
        resourceId: REGISTRATION,
        principalId: group,
        principalType: 'Group',
      }));
      return page(asked, url, [...direct, ...groups]);
    }
    if (kind === 'groups' && path.endsWith('/transitiveMembers')) {
      const members = people.filter(({ groups }) => groups?.includes(id));
      if (members.length === 0) return failed(404);
      // Groups and applications inside the group come along with the people.
      return page(asked, url, [
        { '@odata.type': '#microsoft.graph.group', id: `inside-${id}` },
        ...members.map((person) => ({ '@odata.type': '#microsoft.graph.user', id: person.id })),
        { '@odata.type': '#microsoft.graph.servicePrincipal', id: `app-${id}` },
      ]);
    }
    const person = people.find((one) => one.id === id);
    if (kind === 'users' && verb === 'sendMail') {
      mails.push({ sender: id, body: JSON.parse(asked.body.toString()) as Record<string, unknown> });
      return { status: 202 };
    }
    if (kind !== 'users' || person === undefined) return failed(404);
    if (verb === 'getMemberGroups') return { status: 200, body: { value: person.groups ?? [] } };
    if (verb === 'appRoleAssignments') return page(asked, url, assignmentsOf(person));
    const manager = person.manager === undefined ? {} : { manager: { id: person.manager } };
    return {
      status: 200,
      body: {
        id: person.id,
        displayName: person.name ?? null,
        mail: person.email ?? null,
        accountEnabled: person.enabled ?? true,
        ...manager,
      },
    };
  }

  return {
    name: 'graph',
    mails,
    roleGroups,
    operationOf: ({ method, path }) => `${method} ${path.split('/').at(-1)}`,
    handle,
  };
}

const failed = (status: number): Answer => ({ status, body: { error: { code: String(status), message: 'refused' } } });
