/**
 * Entities are instances whose id is `@name@key`; their state lies in `output`. This finds one or creates it.
 */
import type { Core } from './core.ts';
import type { Live } from './live.ts';

export function entityInstance(core: Core, schedulerId: string): Live {
  const existing = core.cache.find(schedulerId);
  if (existing) return existing;
  const name = schedulerId.slice(0, schedulerId.indexOf('@', 1));
  return core.create({ id: schedulerId, name, input: null });
}
