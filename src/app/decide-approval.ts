/**
 * A person decides. Everything that makes the decision valid is checked on the document that the commit replaces:
 * state, revision, digest, eligibility, exclusion, assurance, one vote per human. The first commit wins; whoever comes
 * later reads the standing outcome.
 */
import type { Deps } from '../ports/deps.ts';
import type { Content } from '../domain/governance/content.ts';
import { ineligible, type Candidate, type Ineligible } from '../domain/governance/eligible.ts';
import { formAsked } from '../domain/governance/form.ts';
import { isInformational, readNote, type Answers } from '../domain/governance/informational.ts';
import { commentsPlace } from '../domain/governance/notice.ts';
import { addDecision, requestId, standingDecisions } from '../domain/governance/request.ts';
import { readBallot, type Reading } from '../domain/governance/values.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { Instant, Json, JsonObject } from '../domain/json.ts';
import type { Decision, RequestDocument } from '../domain/run/documents.ts';
import type { Violation } from '../domain/schema/validate.ts';
import type { Sealed } from '../domain/sealing/sealed.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import { commitRun, type Change } from './commit-run.ts';
import { sha256 } from './link-token.ts';
import { answersOf, withAnswer } from './request-answers.ts';
import { contentOfRequest, reviseContent } from './request-content.ts';

export const COMMENT_MAX = 2_000;

export interface Vote {
  readonly decision: 'approve' | 'reject';
  /** What the person was shown. */
  readonly revision: number;
  readonly digest: string;
  readonly comment: string | null;
  /** What was typed into the form; null: nothing was. */
  readonly values: JsonObject | null;
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
  /** `given`: form values are part of what the digest stands for; `noted`: they are recorded beside it. */
  readonly values: RequestDocument['values'];
  /** The same decision had been recorded before. */
  readonly replayed: boolean;
}

export type Decided =
  | { readonly kind: 'recorded'; readonly receipt: Receipt }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ineligible'; readonly why: Ineligible | 'LINK_INVALID' }
  /** Pointers into the vote: `/comment`, `/values/<field>`. */
  | { readonly kind: 'invalid'; readonly problems: readonly Violation[] }
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
  let decided: Decided = { kind: 'unknown' };
  const committed = await commitRun(deps, scope, async (_head, plan) => {
    const request = await deps.runs.readDocument(scope, 'request', requestId(step));
    const tried = await tryVote(deps, scope, plan, request, who, vote);
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
  plan: Plan,
  request: RequestDocument | null,
  who: Candidate,
  vote: Vote,
): Promise<Tried> {
  if (request === null || request.authority !== 'people') return unchanged({ kind: 'unknown' });
  const now = deps.clock.now();
  if (vote.tokenHash !== null && !linkHolds(request, who.id, vote.tokenHash, now))
    return unchanged({ kind: 'ineligible', why: 'LINK_INVALID' });
  const content = await contentFor(deps, scope, request, who);
  const unreadable = request.state === 'OPEN' && content === null ? 'NOT_ELIGIBLE' : null;
  const why = ineligible(request, content?.requirements ?? [], who) ?? unreadable;
  if (why !== null) return unchanged({ kind: 'ineligible', why });
  const standing = (state: RequestDocument['state']): Tried =>
    unchanged({ kind: 'standing', state, receipt: lastReceipt(scope, request) });
  const comment = vote.comment?.trim() ?? '';
  const answers = await answersOf(deps, scope, request, 'approval-page');
  const reading = content === null ? asShown(vote) : read(plan, request, content, answers, who, vote);
  const problems = problemsOf(vote.decision, comment, reading);
  if (problems.length > 0) return unchanged({ kind: 'invalid', problems });
  if (reading.kind === 'late')
    return request.state === 'OPEN' ? unchanged({ kind: 'changed' }) : standing(request.state);
  const over = reading.kind === 'answer' ? await reviseContent(deps, scope, request, reading.content) : request;
  const { revision, digest } = reading.kind === 'over' ? reading : over;
  const { decision } = vote;
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
  const verdict = addDecision(over, cast, over.comments);
  if (verdict.kind === 'changed') return unchanged({ kind: 'changed' });
  if (verdict.kind === 'standing') return standing(verdict.state);
  const receipt = receiptOf(scope, over, verdict.decision);
  if (verdict.kind === 'repeated') return unchanged({ kind: 'recorded', receipt: { ...receipt, replayed: true } });
  const comments = await addComment(deps, scope, request, comment);
  const voted: RequestDocument = { ...verdict.request, comments };
  const note = reading.kind === 'over' ? reading.note : undefined;
  const updated = note === undefined ? voted : await withAnswer(deps, scope, voted, answers, note);
  return {
    decided: { kind: 'recorded', receipt: receiptOf(scope, updated, verdict.decision) },
    change: {
      event: updated.state === 'OPEN' ? { type: 'POST', entries: [] } : { type: 'DECIDED', step: request.step },
      by: who.id,
      put: [updated],
      facts: {
        decision,
        revision,
        digest,
        assurance: who.assurance,
        outcome: updated.state,
        request: request.id,
        values: updated.values,
      },
    },
  };
}

/** Values are part of what is approved, unless every policy that asks calls them informational. */
function read(
  plan: Plan,
  request: RequestDocument,
  content: Content,
  answers: Answers,
  who: Candidate,
  vote: Vote,
): Reading {
  const form = formAsked(plan, request.step);
  return form !== null && isInformational(content.requirements)
    ? readNote(form, request, answers, who.id, vote)
    : readBallot(sha256, form, request, content, vote);
}

const asShown = ({ revision, digest }: Vote): Reading => ({ kind: 'over', revision, digest });

/** Everything that is wrong with a vote at once. */
function problemsOf(decision: Vote['decision'], comment: string, reading: Reading): readonly Violation[] {
  const typed = reading.kind === 'invalid' ? reading.violations : [];
  const silent = decision === 'reject' && comment === '';
  return [
    ...(silent ? [{ pointer: '/comment', keyword: 'required', message: 'say why you reject' }] : []),
    ...typed.map((violation) => ({ ...violation, pointer: `/values${violation.pointer}` })),
  ];
}

/**
 * The content, for those who may see it: an open question says in it whom all its demands admit, one with values which they
 * are. Nothing else needs it.
 */
async function contentFor(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  who: Candidate,
): Promise<Content | null> {
  if (request.state !== 'OPEN' && request.values === 'none') return null;
  return ineligible(request, [], who) === null ? contentOfRequest(deps, scope, request, 'approval-page') : null;
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
    values: request.values,
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
