/**
 * Takes approvals back: an approver their own, an admin everyone's, until the write has begun. It is judged on the
 * documents that the commit replaces, and `intended` reads the request in its own commit: so one of the two is first.
 * The step that was to take the answer, or the write itself, asks again.
 */
import type { Deps } from '../ports/deps.ts';
import { formAsked } from '../domain/governance/form.ts';
import { requestId, standingDecisions, withdraw } from '../domain/governance/request.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { Head } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import { commitRun, type Change } from './commit-run.ts';
import { noteOf } from './note.ts';
import { askedAgain } from './request-answers.ts';
import { contentOfRequest, reviseContent } from './request-content.ts';

export interface Withdrawn {
  readonly approval: string;
  readonly revision: number;
  readonly state: RequestDocument['state'];
  readonly by: PrincipalId;
  readonly at: Instant;
  /** It had been withdrawn before. */
  readonly replayed: boolean;
}

export type WithdrawnOr =
  | { readonly kind: 'withdrawn'; readonly receipt: Withdrawn }
  | { readonly kind: 'unknown' }
  /** No approval of theirs stands. */
  | { readonly kind: 'nothing'; readonly state: RequestDocument['state'] }
  /** Something was sent under it, or may have been; or the workflow has gone on with it. */
  | { readonly kind: 'too-late' };

export interface Asked {
  readonly by: PrincipalId;
  /** An approver takes back their own approval, an admin those of everyone. */
  readonly whose: 'own' | 'all';
  readonly reason: string;
}

type Withdrawer = Pick<Deps, 'runs' | 'plans' | 'lanes' | 'clock' | 'ids' | 'telemetry' | 'settings' | 'vault'>;

/** Takes approvals back as long as nothing under them can have been sent; every outcome is a value, and twice is once. */
export async function withdrawApproval(
  deps: Withdrawer,
  scope: RunScope,
  step: number,
  asked: Asked,
): Promise<WithdrawnOr> {
  let answer: WithdrawnOr = { kind: 'unknown' };
  const committed = await commitRun(deps, scope, async (head, plan) => {
    const tried = await attempt(deps, scope, head, plan, step, asked);
    answer = tried.answer;
    return tried.change;
  });
  if (!committed.ok && committed.refusal !== 'NOTHING') return { kind: 'unknown' };
  const about = { tenant: scope.tenant, run: scope.run, step };
  if (committed.ok) deps.telemetry.event('approval.decided', { ...about, state: 'WITHDRAWN' });
  else deps.telemetry.event('approval.refused', { ...about, why: answer.kind });
  return answer;
}

interface Tried {
  readonly answer: WithdrawnOr;
  readonly change: Change | null;
}
const unchanged = (answer: WithdrawnOr): Tried => ({ answer, change: null });

async function attempt(
  deps: Withdrawer,
  scope: RunScope,
  head: Head,
  plan: Plan,
  step: number,
  asked: Asked,
): Promise<Tried> {
  const request = await deps.runs.readDocument(scope, 'request', requestId(step));
  if (request === null || request.authority !== 'people') return unchanged({ kind: 'unknown' });
  const at = deps.clock.now();
  const { by, whose, reason } = asked;
  const taken = withdraw(request, whose === 'own' ? by : null, { by, at });
  const receipt = { approval: `${scope.run}~${step}`, revision: request.revision, by };
  if (taken.kind === 'repeated')
    return unchanged({
      kind: 'withdrawn',
      receipt: { ...receipt, state: request.state, at: taken.at, replayed: true },
    });
  // An open question whose step is awake is past its deadline: the step is writing that.
  const closing = request.state === 'OPEN' && head.rows[step]?.decided === true;
  if (taken.kind === 'nothing' || closing) return unchanged({ kind: 'nothing', state: request.state });
  if (isHandedOn(head, plan, step) || (await hasBegun(deps, scope, request))) return unchanged({ kind: 'too-late' });
  const note = await noteOf(deps, scope, reason);
  const left = await unanswered(deps, scope, plan, taken.request);
  const { state, revision } = taken.request;
  const type = whose === 'own' ? 'APPROVAL_WITHDRAWN' : 'APPROVAL_VOIDED';
  return {
    answer: { kind: 'withdrawn', receipt: { ...receipt, state, at, replayed: false } },
    change: {
      event: { type: 'POST', entries: [] },
      by,
      put: [left, note],
      facts: { type, request: request.id, revision, count: taken.count, outcome: state, note: note.id },
    },
  };
}

/**
 * Nobody stands any more behind the values of a question that is still open: the next approval brings its own. What is
 * asked about again under a write keeps its values, because they have been handed on.
 */
async function unanswered(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  plan: Plan,
  request: RequestDocument,
): Promise<RequestDocument> {
  if (request.state === 'OPEN' && request.values === 'noted') return askedAgain(deps, scope, request);
  const orphaned = request.state === 'OPEN' && request.values === 'given' && standingDecisions(request).length === 0;
  if (!orphaned || formAsked(plan, request.step) === null) return request;
  const content = await contentOfRequest(deps, scope, request, 'step');
  return content === null ? request : reviseContent(deps, scope, request, { ...content, values: null });
}

/** A check that governs nothing has told the workflow, which goes on with it: nobody comes to read the record again. */
function isHandedOn({ rows }: Head, { steps }: Plan, step: number): boolean {
  const { action, governs } = steps[step - 1] ?? {};
  return action?.verb === 'GOVERN' && governs?.length === 0 && rows[step]?.state === 'SUCCEEDED';
}

/** Anything under this decision that is not known to have been refused. */
async function hasBegun(deps: Withdrawer, scope: RunScope, request: RequestDocument): Promise<boolean> {
  const effects = await deps.runs.listDocuments(scope, 'effect');
  return effects.some((effect) => effect.decision === request.id && effect.state !== 'refused');
}
