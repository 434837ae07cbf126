/**
 * A person decides. Everything that makes the decision valid is checked on the document that the commit replaces:
 * state, revision, digest, eligibility, exclusion, assurance, one vote per human. The first commit wins; whoever comes
 * later reads the standing outcome.
 */
import type { Deps } from '../ports/deps.ts';
import { ineligible, type Candidate, type Ineligible } from '../domain/governance/eligible.ts';
import { commentsPlace } from '../domain/governance/notice.ts';
import { addDecision, requestId, standingDecisions } from '../domain/governance/request.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { Instant, Json } from '../domain/json.ts';
import type { Decision, RequestDocument } from '../domain/run/documents.ts';
import type { Sealed } from '../domain/sealing/sealed.ts';
import { commitRun, type Change } from './commit-run.ts';
import { contentOfRequest } from './read-approval-content.ts';

export const COMMENT_MAX = 2_000;

export interface Vote {
  readonly decision: 'approve' | 'reject';
  /** What the person was shown. */
  readonly revision: number;
  readonly digest: string;
  readonly comment: string | null;
  /** Set when the vote came by a personal link: it has to be valid in the same document. */
  readonly tokenHash: string | null;
}

export interface Receipt {
  readonly approval: string;
  readonly decision: 'approve' | 'reject';
  readonly by: PrincipalId;
  readonly at: Instant;
  readonly digest: string;
  readonly revision: number;
  readonly assurance: Decision['assurance'];
  readonly state: RequestDocument['state'];
  /** The same decision had been recorded before. */
  readonly replayed: boolean;
}

export type Decided =
  | { readonly kind: 'recorded'; readonly receipt: Receipt }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ineligible'; readonly why: Ineligible | 'LINK_INVALID' }
  | { readonly kind: 'comment-missing' }
  | { readonly kind: 'changed' }
  /** Someone or something else decided: `receipt` is theirs when it was a person. */
  | {
      readonly kind: 'standing';
      readonly state: RequestDocument['state'];
      readonly receipt: Receipt | null;
    };

type Decider = Pick<
  Deps,
  'runs' | 'plans' | 'lanes' | 'clock' | 'ids' | 'telemetry' | 'settings' | 'vault' | 'tenantLog'
>;

/**
 * Records a vote, or says why not; every outcome is a value. Of votes, deadline and cancellation at the same moment one stands,
 * and the others are answered with it. The same vote again is `recorded` with `replayed`.
 */
export async function decideApproval(
  deps: Decider,
  scope: RunScope,
  step: number,
  who: Candidate,
  vote: Vote,
): Promise<Decided> {
  const comment = vote.comment?.trim() ?? '';
  if (vote.decision === 'reject' && comment === '') return { kind: 'comment-missing' };
  let decided: Decided = { kind: 'unknown' };
  const committed = await commitRun(deps, scope, async () => {
    const request = await deps.runs.readDocument(scope, 'request', requestId(step));
    const tried = await tryVote(deps, scope, request, who, vote, comment);
    decided = tried.decided;
    return tried.change;
  });
  // A deadline or a cancellation was committed between: nothing of this vote stands.
  if (!committed.ok && committed.refusal !== 'NOTHING') decided = await standing(deps, scope, step);
  await tell(deps, scope, step, who, decided);
  return decided;
}

interface Tried {
  readonly decided: Decided;
  readonly change: Change | null;
}
const unchanged = (decided: Decided): Tried => ({ decided, change: null });

async function tryVote(
  deps: Decider,
  scope: RunScope,
  request: RequestDocument | null,
  who: Candidate,
  vote: Vote,
  comment: string,
): Promise<Tried> {
  if (request === null || request.authority !== 'people') return unchanged({ kind: 'unknown' });
  const now = deps.clock.now();
  if (vote.tokenHash !== null && !linkHolds(request, who.id, vote.tokenHash, now))
    return unchanged({ kind: 'ineligible', why: 'LINK_INVALID' });
  const why = await whyNot(deps, scope, request, who);
  if (why !== null) return unchanged({ kind: 'ineligible', why });
  const { decision, revision, digest } = vote;
  const cast: Decision = {
    by: who.id,
    onBehalfOf: null,
    decision,
    at: now,
    assurance: who.assurance,
    revision,
    digest,
    withdrawn: null,
  };
  const verdict = addDecision(request, cast, request.comments);
  if (verdict.kind === 'changed') return unchanged({ kind: 'changed' });
  if (verdict.kind === 'standing')
    return unchanged({ kind: 'standing', state: verdict.state, receipt: lastReceipt(scope, request) });
  const receipt = receiptOf(scope, request, verdict.decision);
  if (verdict.kind === 'repeated') return unchanged({ kind: 'recorded', receipt: { ...receipt, replayed: true } });
  const comments = await addComment(deps, scope, request, comment);
  const updated: RequestDocument = { ...verdict.request, comments };
  return {
    decided: { kind: 'recorded', receipt: receiptOf(scope, updated, verdict.decision) },
    change: {
      event: updated.state === 'OPEN' ? { type: 'POST', entries: [] } : { type: 'DECIDED', step: request.step },
      by: who.id,
      put: [updated],
      facts: { decision, revision, digest, assurance: who.assurance, outcome: updated.state, request: request.id },
    },
  };
}

/** A request that asks several kinds of approvers keeps its demands in the content, which says who meets all of them. */
async function whyNot(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  who: Candidate,
): Promise<Ineligible | null> {
  const first = ineligible(request, [], who);
  if (first !== null || request.state !== 'OPEN') return first;
  const content = await contentOfRequest(deps, scope, request, 'approval-page');
  return content === null ? 'NOT_ELIGIBLE' : ineligible(request, content.requirements, who);
}

/** Whether this token is one of the request, of this approver, unrevoked and not over. */
export function linkHolds(request: RequestDocument, approver: PrincipalId, tokenHash: string, now: Instant): boolean {
  const link = request.links.find((each) => each.tokenHash === tokenHash);
  return link !== undefined && link.approver === approver && link.revokedAt === null && now < link.expiresAt;
}

/** Comments in the order of the decisions, each null or text. */
async function addComment(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  comment: string,
): Promise<Sealed> {
  const place = commentsPlace(scope, request.step);
  const before = request.comments === null ? [] : ((await deps.vault.open(place, request.comments)) as readonly Json[]);
  const filled = request.decisions.map((_, index) => before[index] ?? null);
  return deps.vault.seal(place, [...filled, comment === '' ? null : comment.slice(0, COMMENT_MAX)]);
}

export function receiptOf(scope: RunScope, request: RequestDocument, decision: Decision): Receipt {
  const { by, at, digest, revision, assurance } = decision;
  return {
    approval: `${scope.run}~${request.step}`,
    decision: decision.decision,
    by,
    at,
    digest,
    revision,
    assurance,
    state: request.state,
    replayed: false,
  };
}

/** The receipt of the decision that made the outcome. */
export function lastReceipt(scope: RunScope, request: RequestDocument): Receipt | null {
  const last = standingDecisions(request).at(-1);
  return last === undefined ? null : receiptOf(scope, request, last);
}

async function standing(deps: Decider, scope: RunScope, step: number): Promise<Decided> {
  const request = await deps.runs.readDocument(scope, 'request', requestId(step));
  if (request === null) return { kind: 'unknown' };
  // The deadline's event is committed before its step has written the outcome into the request.
  const state = request.state === 'OPEN' ? 'EXPIRED' : request.state;
  return { kind: 'standing', state, receipt: lastReceipt(scope, request) };
}

/** Refused attempts belong to the tenant's chain: the run's own shows decisions only. */
async function tell(deps: Decider, scope: RunScope, step: number, who: Candidate, decided: Decided): Promise<void> {
  const about = { run: scope.run, step };
  if (decided.kind === 'recorded') {
    if (!decided.receipt.replayed) deps.telemetry.event('approval.decided', { ...about, state: decided.receipt.state });
    return;
  }
  const why = decided.kind === 'ineligible' ? decided.why : decided.kind;
  deps.telemetry.event('approval.refused', { ...about, why });
  if (decided.kind === 'ineligible') {
    const entry = { at: deps.clock.now(), by: who.id, type: 'APPROVAL_REFUSED', facts: { ...about, why } };
    await deps.tenantLog.append(scope.tenant, entry);
  }
}
