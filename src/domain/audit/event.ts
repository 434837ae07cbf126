/** What of an event goes into its audit record: its ids, codes and numbers, flat. Nothing of an event is sensitive. */
import type { RunEvent } from '../run/events.ts';
import type { AuditEvent } from './record.ts';

export function auditEvent(event: RunEvent, facts: AuditEvent = {}): AuditEvent {
  const flat: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(event)) {
    if (Array.isArray(value)) flat[name] = value.length;
    else if (value === null || typeof value !== 'object') flat[name] = value as string | number | boolean | null;
  }
  return { ...flat, ...facts };
}
