/** Concurrency slots: one document per (tenant, key), only where a definition sets a limit. Ids and numbers only. */
import type { TenantId } from '../domain/ids.ts';
import type { SlotDocument } from '../domain/run/slots.ts';

export interface SlotStore {
  read(tenant: TenantId, key: string): Promise<{ readonly document: SlotDocument; readonly etag: string } | null>;
  /** Replaces the document under its etag, or creates it when `etag` is null; `conflict` otherwise (nothing is written). */
  write(tenant: TenantId, key: string, etag: string | null, document: SlotDocument): Promise<'written' | 'conflict'>;
}
