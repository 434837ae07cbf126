/**
 * Whether the decisions of a request are what its content demands. The demands lie sealed in the content and under its
 * digest; quorum, state and authority of the request are repeated beside it in clear, and prove nothing by themselves.
 */
import type { RequestDocument } from '../run/documents.ts';
import { strongest, suffices } from './eligible.ts';
import type { Requirement } from './policy.ts';
import { standingDecisions } from './request.ts';

/** Enough distinct people, none of them involved, each known as surely as demanded; rules alone where nothing is demanded. */
export function isFulfilled(request: RequestDocument, requirements: readonly Requirement[]): boolean {
  if (requirements.length === 0) return request.authority === 'policy';
  const assurance = strongest(requirements.map((each) => each.assurance));
  const quorum = Math.max(...requirements.map((each) => each.quorum));
  const counted = standingDecisions(request).filter(
    (each) => each.decision === 'approve' && suffices(each.assurance, assurance) && !request.excluded.includes(each.by),
  );
  return new Set(counted.map((each) => each.by)).size >= quorum;
}
