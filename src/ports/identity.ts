/** Who calls: a validated token, or a refusal. Nothing else in a request says who somebody is. */
import type { PrincipalId, TenantId } from '../domain/ids.ts';

export interface Principal {
  readonly id: PrincipalId;
  readonly tenant: TenantId;
  readonly kind: 'user' | 'app';
  readonly name: string;
  /** Words of the `roles` claim that this product knows. */
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
  /** Groups did not fit into the token: membership has to be asked of the directory. */
  readonly groupsOverage: boolean;
  readonly mfa: boolean;
  /** The application that asked for the token. */
  readonly client?: string;
}

export const ROLES = [
  'author',
  'publisher',
  'starter',
  'operator',
  'approver',
  'governor',
  'auditor',
  'admin',
] as const;
export type Role = (typeof ROLES)[number];

/** Why a token was refused, for the log; the caller only reads 401. */
export interface TokenRefusal {
  readonly refused: string;
}

export interface Identity {
  /** Throws `PlatformFault` when the issuer's keys cannot be read: then nobody knows whether the token is right. */
  verify(authorization: string | null): Promise<Principal | TokenRefusal>;
}
