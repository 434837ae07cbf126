/** Secrets by name. A value leaves the broker only for a host that its owner allowed, inside an activity, and is never kept. */
import type { TenantId } from '../domain/ids.ts';

export interface SecretBroker {
  /** Throws `SECRET_UNKNOWN`, or `SECRET_NOT_ALLOWED` when the secret may not be sent to that host. */
  resolve(tenant: TenantId, name: string, host: string): Promise<string>;
  /** `allowedHosts` empty: the first connector version that names it fixes them. */
  set(tenant: TenantId, name: string, value: string, allowedHosts: readonly string[]): Promise<void>;
  names(tenant: TenantId): Promise<readonly string[]>;
}
