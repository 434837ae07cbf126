/** The tenant's own chain: everything that is not a run (definitions, keys, reads, reveals, refusals). Append only. */
import type { PrincipalId, TenantId } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';

export interface TenantLogEntry {
  readonly seq: number;
  readonly at: Instant;
  readonly by: PrincipalId;
  readonly type: string;
  /** Ids, codes, numbers, and texts that the caller has sealed. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  readonly prev: string;
  readonly hash: string;
}

export interface TenantLog {
  append(tenant: TenantId, entry: Pick<TenantLogEntry, 'at' | 'by' | 'type' | 'facts'>): Promise<TenantLogEntry>;
  read(tenant: TenantId, fromSeq: number, limit: number): Promise<readonly TenantLogEntry[]>;
}
