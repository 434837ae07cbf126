/** Where a run's values lie sealed, and what of the run itself an expression may see (LANGUAGE §1). */
import type { RunScope } from '../ids.ts';
import type { Instant, JsonObject } from '../json.ts';
import type { SealedPlace } from '../sealing/sealed.ts';
import type { Head } from './head.ts';

/** Id of the document that holds the input and the `vars`, and path of both in their associated data. */
export const INPUT_ID = 'input';

export function placeOf(scope: RunScope, path: string, field: string, attempt: number): SealedPlace {
  return { tenant: scope.tenant, kind: 'run', id: scope.run, path, field, attempt };
}

export function runFacts(head: Head, now: Instant): JsonObject {
  return {
    id: head.run,
    workflow: head.workflow,
    version: head.version,
    attempt: head.attempt,
    startedAt: head.startedAt,
    scheduledFor: head.scheduledFor,
    trigger: head.trigger,
    startedBy: { id: head.startedBy.id, kind: head.startedBy.kind },
    outcome: head.endingAs,
    now,
  };
}
