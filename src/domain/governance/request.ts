/**
 * The life of an approval request: one document that holds the question, every decision and the outcome, so that the
 * store's etag decides every race. Pure. Invariants:
 * 1. the outcome is computed in the same step that adds a decision, and never changes within a revision;
 * 2. a decision counts only for the revision and digest that its author was shown;
 * 3. one human, one vote: by the actor and by the person represented;
 * 4. an approval that is withdrawn counts for nothing; one that had been enough leaves the request void, and the question
 *    is asked again as a new revision, by the step that was to take the answer.
 */
import { later } from '../instant.ts';
import type { PrincipalId } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { Decision, RequestDocument } from '../run/documents.ts';
import type { Sealed } from '../sealing/sealed.ts';

/** By how much the clocks of two instances may differ. */
const CLOCK_SKEW_MS = 120_000;

export const requestId = (step: number): string => `request~${step}`;

const isOver = (request: RequestDocument, decision: Decision): boolean =>
  decision.revision === request.revision && decision.digest === request.digest;

/** Decisions that count: those over the standing revision. Earlier and withdrawn ones stay for the record. */
export function standingDecisions(request: RequestDocument): readonly Decision[] {
  return request.decisions.filter((decision) => isOver(request, decision) && decision.withdrawn === null);
}

const humansOf = (decision: Pick<Decision, 'by' | 'onBehalfOf'>): readonly PrincipalId[] =>
  decision.onBehalfOf === null ? [decision.by] : [decision.by, decision.onBehalfOf];

/** The vote that one of these humans has already cast on the standing revision. */
export function voteOf(request: RequestDocument, vote: Pick<Decision, 'by' | 'onBehalfOf'>): Decision | null {
  const humans = new Set(humansOf(vote));
  return standingDecisions(request).find((decision) => humansOf(decision).some((human) => humans.has(human))) ?? null;
}

export type Verdict =
  | { readonly kind: 'recorded'; readonly request: RequestDocument; readonly decision: Decision }
  /** The same person decided the same before: nothing changes. */
  | { readonly kind: 'repeated'; readonly decision: Decision }
  /** Something else stands: decided otherwise, expired, void. */
  | { readonly kind: 'standing'; readonly state: RequestDocument['state'] }
  /** What the person saw is not what is asked now. */
  | { readonly kind: 'changed' };

/** Adds a vote. Eligibility is checked by the caller, in the same transaction, on the same document. */
export function addDecision(request: RequestDocument, decision: Decision, comments: Sealed | null): Verdict {
  if (request.state === 'VOID') return { kind: 'standing', state: 'VOID' };
  const before = voteOf(request, decision);
  const same = decision.revision === request.revision && decision.digest === request.digest;
  if (same && before !== null && before.decision === decision.decision) return { kind: 'repeated', decision: before };
  if (request.state !== 'OPEN') return same ? { kind: 'standing', state: request.state } : { kind: 'changed' };
  if (!same) return { kind: 'changed' };
  if (before !== null) return { kind: 'standing', state: request.state };
  if (isOverdue(request, decision.at)) return { kind: 'standing', state: 'EXPIRED' };
  const decisions = [...request.decisions, decision];
  const counted = standingDecisions({ ...request, decisions });
  const approvals = counted.filter((each) => each.decision === 'approve').length;
  const rejected = counted.some((each) => each.decision === 'reject');
  const state = rejected ? 'REJECTED' : approvals >= request.quorum ? 'APPROVED' : 'OPEN';
  const decidedAt = state === 'OPEN' ? null : decision.at;
  return {
    kind: 'recorded',
    decision,
    request: {
      ...request,
      decisions,
      comments,
      state,
      decidedAt,
      validUntil: state === 'APPROVED' ? later(decision.at, request.validForMs) : null,
    },
  };
}

/** The same question with other values, or without any again: decisions over the revision before count for nothing. */
export function revised(
  request: RequestDocument,
  digest: string,
  content: Sealed,
  values: RequestDocument['values'],
): RequestDocument {
  return { ...request, revision: request.revision + 1, digest, content, values };
}

export type Withdrawal =
  | { readonly kind: 'withdrawn'; readonly request: RequestDocument; readonly count: number }
  /** It had been withdrawn before: nothing changes. */
  | { readonly kind: 'repeated'; readonly at: Instant }
  | { readonly kind: 'nothing' };

/** Takes back the approvals of one human, or of everyone (`whose` null), on the standing revision. */
export function withdraw(
  request: RequestDocument,
  whose: PrincipalId | null,
  withdrawn: { readonly by: PrincipalId; readonly at: Instant },
): Withdrawal {
  const meant = (each: Decision): boolean =>
    each.decision === 'approve' && isOver(request, each) && (whose === null || humansOf(each).includes(whose));
  const before = request.decisions.find((each) => meant(each) && each.withdrawn !== null)?.withdrawn;
  const open = request.state === 'OPEN' || request.state === 'APPROVED';
  const count = open ? standingDecisions(request).filter(meant).length : 0;
  if (count === 0) return before == null ? { kind: 'nothing' } : { kind: 'repeated', at: before.at };
  const decisions = request.decisions.map((each) =>
    meant(each) && each.withdrawn === null ? { ...each, withdrawn } : each,
  );
  const updated = { ...request, decisions };
  return {
    kind: 'withdrawn',
    count,
    request: request.state === 'OPEN' ? updated : voided(updated, withdrawn.at),
  };
}

/** Why a void request is asked again. */
export function voidReason(request: RequestDocument): 'WITHDRAWN' | 'CONTENT_CHANGED' {
  const withdrawn = request.decisions.some((each) => isOver(request, each) && each.withdrawn !== null);
  return withdrawn ? 'WITHDRAWN' : 'CONTENT_CHANGED';
}

/** The deadline to answer is over; with `escalate` the question stays open. */
export function isOverdue(request: RequestDocument, now: Instant): boolean {
  return request.dueAt !== null && request.onDeadline !== 'escalate' && now >= request.dueAt;
}

/** Nobody answered in time. */
export function expire(request: RequestDocument, now: Instant): RequestDocument {
  return { ...request, state: 'EXPIRED', decidedAt: now, validUntil: null };
}

export function voided(request: RequestDocument, now: Instant): RequestDocument {
  return { ...request, state: 'VOID', decidedAt: now, validUntil: null };
}

/**
 * From when on no write goes out under an approval. Its end was set by another instance's clock, and no store tells the time
 * before it commits: so it is judged early by as much as this clock may be behind, yet a short validity keeps its first half.
 */
const lastWrite = (validUntil: Instant, validForMs: number): Instant =>
  later(validUntil, -Math.min(CLOCK_SKEW_MS, Math.floor(validForMs / 2)));

/** Why a decision does not allow the write now; null when it does. Content is compared by the caller. */
export function invalidity(request: RequestDocument, now: Instant): 'NOT_DECIDED' | 'NOT_APPROVED' | 'EXPIRED' | null {
  if (request.state === 'OPEN') return 'NOT_DECIDED';
  if (request.state !== 'APPROVED') return 'NOT_APPROVED';
  const { validUntil, validForMs } = request;
  if (validUntil === null || now >= lastWrite(validUntil, validForMs)) return 'EXPIRED';
  if (request.authority === 'people' && standingDecisions(request).length < request.quorum) return 'NOT_APPROVED';
  return null;
}
