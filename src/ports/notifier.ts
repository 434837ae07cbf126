/** Delivers a notice to one person. Carries names, deadline and link only, never values. Idempotent by `id`. */
import type { TenantId } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import type { Person } from './directory.ts';

export interface Notice {
  readonly id: string;
  readonly to: Person;
  readonly kind: 'approval' | 'reminder' | 'decided' | 'escalation';
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly request: string;
  readonly link: string | null;
  readonly deadline: Instant | null;
}

export interface Notifier {
  deliver(tenant: TenantId, notice: Notice): Promise<void>;
}
