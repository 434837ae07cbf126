/**
 * Commits what decides a wait: the request as it stands afterwards and the row's `decided` in one batch, then the bell.
 * The first commit wins, whether it is a person's or the deadline's; the other learns what stands. What may be decided
 * by whom is governance's business, and lies in `change`.
 */
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { AuditEvent } from '../domain/audit/record.ts';
import type { RequestDocument, RunDocument } from '../domain/run/documents.ts';
import type { Head, OutboxEntry } from '../domain/run/head.ts';
import type { Deps } from '../activities/deps.ts';
import { commitRun, type EngineDeps } from './commit-run.ts';

export interface DecisionChange {
  readonly request: RequestDocument;
  /** True when the request is now settled and the step may go on; false records one vote of several. */
  readonly settles: boolean;
  readonly also?: readonly RunDocument[];
  readonly post?: readonly OutboxEntry[];
  readonly facts: AuditEvent;
}

export interface DecisionAttempt {
  readonly scope: RunScope;
  /** Ordinal of the step that waits. */
  readonly step: number;
  readonly by: PrincipalId;
  /** Called on the request as it is at the moment of the commit; null when this decision no longer applies. */
  readonly change: (request: RequestDocument, head: Head) => Promise<DecisionChange | null> | DecisionChange | null;
}

export type DecisionResult =
  | { readonly ok: true; readonly request: RequestDocument; readonly head: Head }
  /** `request` is the standing one, null when there is none. */
  | { readonly ok: false; readonly request: RequestDocument | null; readonly head: Head | null };

export const requestId = (step: number): string => `request~${step}`;

export async function recordDecision(
  deps: EngineDeps & Pick<Deps, 'runs'>,
  { scope, step, by, change }: DecisionAttempt,
): Promise<DecisionResult> {
  let standing: RequestDocument | null = null;
  let written: RequestDocument | null = null;
  const committed = await commitRun(deps, scope, async (head) => {
    written = null;
    standing = await deps.runs.readDocument(scope, 'request', requestId(step));
    if (standing === null || head.rows[step]?.state !== 'SUSPENDED') return null;
    const made = await change(standing, head);
    if (made === null) return null;
    written = made.request;
    const post = made.post ?? [];
    const event = made.settles
      ? ({ type: 'DECIDED', step, post } as const)
      : ({ type: 'POST', entries: post } as const);
    return { event, by, put: [made.request, ...(made.also ?? [])], facts: made.facts };
  });
  if (committed.ok && written !== null) return { ok: true, request: written, head: committed.head };
  return { ok: false, request: standing, head: committed.head };
}
