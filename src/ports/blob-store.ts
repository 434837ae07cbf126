/** Bytes too large for a document: sealed values and artifacts. Names are unique per execution and never overwritten. */
import type { TenantId } from '../domain/ids.ts';

export interface BlobStore {
  /** Fails with `EXISTS` when the name is taken. Durable once resolved. */
  put(tenant: TenantId, name: string, bytes: Uint8Array): Promise<void>;
  get(tenant: TenantId, name: string): Promise<Uint8Array | null>;
  /** Removes all blobs whose name begins so; returns how many. */
  removePrefix(tenant: TenantId, prefix: string): Promise<number>;
}
