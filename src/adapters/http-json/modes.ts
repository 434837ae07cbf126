/** Write modes and the method each uses unless the connector says otherwise. */
import type { WriteMode } from '../../domain/workflow/plan.ts';

export const WRITE_MODES = ['create', 'update', 'upsert', 'delete'] as const satisfies readonly WriteMode[];

export const METHODS = { create: 'POST', update: 'PATCH', upsert: 'PUT', delete: 'DELETE' } as const;
