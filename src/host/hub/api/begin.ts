/**
 * Begins an instance, or says in which state a living one of that id is. Apart because starts and restarts share it.
 */
import type { Core } from '../core.ts';
import type { Live } from '../live.ts';
import { ENDED } from '../records.ts';

export function begin(
  core: Core,
  instance: { id: string; name: string; input: string | null; version?: string },
): { live: Live } | { running: string } {
  const existing = core.cache.find(instance.id);
  if (existing && !ENDED.has(existing.row.status)) {
    const { weather } = core.options;
    if (weather && existing.row.fresh === 1 && weather.secondStart(instance.id)) return { live: existing };
    return { running: existing.row.status };
  }
  return { live: core.create(instance, existing) };
}
