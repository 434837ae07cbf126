/** Compiled plans of immutable versions, cached. */
import type { TenantId } from '../domain/ids.ts';
import type { Plan } from '../domain/workflow/plan.ts';

export interface Plans {
  /** Throws `PlatformFault` when the version cannot be read; versions never disappear. */
  get(tenant: TenantId, workflow: string, version: number): Promise<Plan>;
}
