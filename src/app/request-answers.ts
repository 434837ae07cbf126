/** Informational form values of a request: opened, and sealed anew with those of one more decision. */
import type { Deps } from '../ports/deps.ts';
import { standingAnswer, type Answers } from '../domain/governance/informational.ts';
import { answersPlace } from '../domain/governance/notice.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { KeyPurpose } from '../ports/key-ring.ts';

export async function answersOf(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  { answers, step }: RequestDocument,
  purpose: KeyPurpose,
): Promise<Answers> {
  if (answers == null) return [];
  return (await deps.vault.open(answersPlace(scope, step), answers, purpose)) as unknown as Answers;
}

/** The request with what its last decision brought. */
export async function withAnswer(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  before: Answers,
  answer: JsonObject,
): Promise<RequestDocument> {
  const all = request.decisions.map((_, at) => (at === request.decisions.length - 1 ? answer : (before[at] ?? null)));
  const answers = await deps.vault.seal(answersPlace(scope, request.step), all as unknown as Json);
  return { ...request, answers, values: 'noted' };
}

/** Asked again as soon as nobody stands behind any values. */
export async function askedAgain(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
): Promise<RequestDocument> {
  const standing = standingAnswer(request, await answersOf(deps, scope, request, 'step'));
  return standing === null ? { ...request, values: 'asked' } : request;
}
