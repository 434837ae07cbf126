/**
 * Form values that a policy calls informational: each approval brings its own, or leaves those that stand. They are recorded
 * beside the approvals and are no part of what is approved: revision and digest of the question stay, and so does every
 * approval given before. Pure. Invariants:
 * 1. they are so only where every demand on the question says so;
 * 2. those of the last standing approval that brought any stand: one that is taken back takes its values with it;
 * 3. as long as none stand, an approval has to bring them.
 */
import { canonicalJson, type JsonObject } from '../json.ts';
import type { PrincipalId } from '../ids.ts';
import type { RequestDocument } from '../run/documents.ts';
import type { Requirement } from './policy.ts';
import { standingDecisions, voteOf } from './request.ts';
import { checkValues, invalid, type Ballot, type Reading } from './values.ts';

/** What each decision brought, in their order; null: nothing. */
export type Answers = readonly (JsonObject | null)[];

export const isInformational = (requirements: readonly Requirement[]): boolean =>
  requirements.length > 0 && requirements.every(({ values }) => values === 'informational');

export interface StandingAnswer {
  readonly by: PrincipalId;
  readonly values: JsonObject;
}

/** Who brought which, in the order of the decisions; of those that stand. */
export function standingAnswers(request: RequestDocument, answers: Answers): readonly StandingAnswer[] {
  const standing = new Set(standingDecisions(request));
  return request.decisions.flatMap((decision, at) => {
    const values = standing.has(decision) ? (answers[at] ?? null) : null;
    return values === null ? [] : [{ by: decision.by, values }];
  });
}

export const standingAnswer = (request: RequestDocument, answers: Answers): JsonObject | null =>
  standingAnswers(request, answers).at(-1)?.values ?? null;

/** What a vote is over, and what it notes. The same person's other values are no repetition of their vote. */
export function readNote(
  form: JsonObject,
  request: RequestDocument,
  answers: Answers,
  by: PrincipalId,
  { decision, revision, digest, values }: Ballot,
): Reading {
  const over = { kind: 'over', revision, digest } as const;
  const shown = revision === request.revision && digest === request.digest;
  const open = request.state === 'OPEN';
  if (decision === 'reject') return values !== null && open ? invalid('rejection', 'a rejection has none') : over;
  const before = voteOf(request, { by, onBehalfOf: null });
  if (before !== null) {
    const own = answers[request.decisions.indexOf(before)] ?? null;
    if (values === null || (own !== null && canonicalJson(own) === canonicalJson(values))) return over;
    return open ? invalid('given', 'have been given by you: take your approval back to give others') : { kind: 'late' };
  }
  if (!shown || !open || (values === null && standingAnswer(request, answers) !== null)) return over;
  const violations = checkValues(form, values ?? {});
  return violations.length > 0 ? { kind: 'invalid', violations } : { ...over, note: values ?? {} };
}
