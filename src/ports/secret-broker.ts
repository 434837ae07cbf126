/**
 * Secrets by name. A value leaves the broker only for a host that its owner allowed, inside an activity. It is never stored; a
 * broker to which each reading is a request may remember it in memory, for at most five minutes.
 */
import type { TenantId } from '../domain/ids.ts';

export interface SecretBroker {
  /**
   * `host` is a name without port. `anew`: what was remembered has been refused. Throws `SECRET_UNKNOWN`, or
   * `SECRET_NOT_ALLOWED` when the secret may not be sent there.
   */
  resolve(tenant: TenantId, name: string, host: string, anew?: boolean): Promise<string>;
  /** Hosts are names; a port in `allowedHosts` is left out. Empty: usable for no host until `bind` fixes them. */
  set(tenant: TenantId, name: string, value: string, allowedHosts: readonly string[]): Promise<void>;
  /**
   * Called when a connector version that names the secret is published: fixes the hosts if none are fixed yet. False when
   * they are, or when there is no such secret; only `set` changes them then.
   */
  bind(tenant: TenantId, name: string, allowedHosts: readonly string[]): Promise<boolean>;
  names(tenant: TenantId): Promise<readonly string[]>;
}
