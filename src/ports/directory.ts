/** Who people are: names, groups, e-mail addresses. Entra on Azure, `kind: Directory` documents locally. */
import type { PrincipalId, TenantId } from '../domain/ids.ts';

export interface Person {
  readonly id: PrincipalId;
  readonly name: string;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly manager: PrincipalId | null;
}

export interface Directory {
  find(tenant: TenantId, id: PrincipalId): Promise<Person | null>;
  /** Everyone named, in a role, or in a group; each person once. */
  members(
    tenant: TenantId,
    who: { readonly users: readonly string[]; readonly roles: readonly string[]; readonly groups: readonly string[] },
  ): Promise<readonly Person[]>;
}
