/**
 * What operators do to a run: each control is one committed event, and an answer that says why it was refused. The
 * operator's own words are sealed in a note beside the record of the act.
 */
import type { Deps } from '../ports/deps.ts';
import { Problem } from '../contract/problems.ts';
import { withdraw } from '../domain/governance/request.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { Refusal, RunEvent } from '../domain/run/events.ts';
import type { Head } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import { commitRun, type EngineDeps } from './commit-run.ts';
import { noteOf } from './note.ts';

export type Control =
  | { readonly kind: 'cancel' | 'terminate' | 'pause' | 'resume' | 'retry' }
  | { readonly kind: 'retry-step'; readonly step: string };

export interface Controlled {
  readonly scope: RunScope;
  readonly control: Control;
  readonly by: PrincipalId;
  /** Why, in the person's words. */
  readonly reason?: string | null;
}

/** The head after the change. Throws `Problem`: `NOT_FOUND`, or `CONFLICT` when the state does not allow it. */
export async function controlRun(
  deps: EngineDeps & Pick<Deps, 'vault'>,
  { scope, control, by, reason }: Controlled,
): Promise<Head> {
  const committed = await commitRun(deps, scope, async (_head, plan) => {
    const event = eventFor(plan, control, by);
    const note = reason == null ? null : await noteOf(deps, scope, reason);
    const put = [...(note === null ? [] : [note]), ...(await withdrawnBy(deps, scope, control, by))];
    return { event, by, put, ...(note === null ? {} : { facts: { note: note.id } }) };
  });
  if (!committed.ok) throw refused(committed.refusal, control, committed.head);
  deps.telemetry.event('run.control', { tenant: scope.tenant, run: scope.run, control: control.kind });
  return committed.head;
}

/**
 * Who has something done again is involved from then on: what they approved themselves before, for what is done now, is taken
 * back with the same commit, and others are asked.
 */
async function withdrawnBy(
  deps: EngineDeps,
  scope: RunScope,
  control: Control,
  by: PrincipalId,
): Promise<readonly RequestDocument[]> {
  if (control.kind !== 'retry' && control.kind !== 'retry-step') return [];
  const at = deps.clock.now();
  const approved = (await deps.runs.listDocuments(scope, 'request')).filter(({ state }) => state === 'APPROVED');
  const taken = approved.map((request) => withdraw(request, by, { by, at }));
  return taken.flatMap((each) => (each.kind === 'withdrawn' ? [each.request] : []));
}

function eventFor(plan: Plan, control: Control, by: PrincipalId): RunEvent {
  switch (control.kind) {
    case 'cancel':
      return { type: 'CANCEL', by };
    case 'terminate':
      return { type: 'TERMINATE', by };
    case 'pause':
      return { type: 'PAUSE', by };
    case 'resume':
      return { type: 'RESUME', by };
    case 'retry':
      return { type: 'RETRY_RUN', by };
    case 'retry-step': {
      const step = plan.steps.find((each) => each.id === control.step);
      if (step === undefined) throw new Problem('NOT_FOUND', `The run has no step ${control.step}.`);
      return { type: 'RETRY_STEP', by, step: step.ordinal };
    }
  }
}

function refused(refusal: Refusal | 'NO_RUN' | 'NOTHING', control: Control, head: Head | null): Problem {
  if (refusal === 'NO_RUN' || head === null) return new Problem('NOT_FOUND', 'There is no such run.');
  return new Problem('CONFLICT', `A run that is ${head.state} in ${head.phase} does not allow ${control.kind}.`, [], {
    state: head.state,
    phase: head.phase,
  });
}
