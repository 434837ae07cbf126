/** The one table from roles to permissions. Every route names a permission; what no role of the caller has is refused. */
import { ROLES, type Role } from '../ports/identity.ts';

export const PERMISSIONS = [
  'definitions.read',
  'definitions.validate',
  'workflows.publish',
  'business-objects.publish',
  'connectors.publish',
  'connectors.test',
  'policies.publish',
  'directory.publish',
  'runs.start',
  'runs.read',
  'runs.control',
  'effects.resolve',
  'data.reveal-own',
  'data.reveal',
  'approvals.read',
  'approvals.decide',
  'approvals.void',
  'artifacts.write',
  'artifacts.read',
  'audit.read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Operators and auditors see ids, codes and times, never values; nobody both writes a policy and decides under it by role alone. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  author: ['definitions.read', 'definitions.validate', 'runs.read'],
  publisher: ['definitions.read', 'definitions.validate', 'workflows.publish', 'business-objects.publish', 'runs.read'],
  starter: [
    'definitions.read',
    'runs.start',
    'runs.read',
    'approvals.read',
    'data.reveal-own',
    'artifacts.write',
    'artifacts.read',
  ],
  operator: ['definitions.read', 'runs.read', 'runs.control', 'effects.resolve', 'connectors.test', 'approvals.read'],
  approver: ['definitions.read', 'runs.read', 'approvals.read', 'approvals.decide'],
  governor: [
    'definitions.read',
    'definitions.validate',
    'policies.publish',
    'connectors.publish',
    'runs.read',
    'approvals.read',
    'data.reveal',
  ],
  auditor: ['definitions.read', 'runs.read', 'approvals.read', 'audit.read'],
  admin: [
    'definitions.read',
    'definitions.validate',
    'connectors.publish',
    'connectors.test',
    'directory.publish',
    'runs.read',
    'approvals.void',
    'audit.read',
  ],
};

export function permissionsOf(roles: readonly Role[]): ReadonlySet<Permission> {
  return new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role]));
}

export function rolesWith(permission: Permission): readonly Role[] {
  return ROLES.filter((role) => ROLE_PERMISSIONS[role].includes(permission));
}
