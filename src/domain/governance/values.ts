/**
 * The values that people type when they approve, where no policy calls them informational. They are part of what is approved:
 * the first approval gives the question its values and so revises it, and every later one is over exactly those. Pure; what a
 * vote is over is told by digests:
 * 1. a question that asks takes the values of the first approval; whoever saw it without them has seen other content;
 * 2. an approval of the unanswered question with the values that stand is one of the answered question;
 * 3. a rejection has no values: nothing of what was asked will be done.
 */
import { canonicalJson, type JsonObject } from '../json.ts';
import { validateJson, type Violation } from '../schema/validate.ts';
import type { RequestDocument } from '../run/documents.ts';
import type { Hash } from '../sealing/digest.ts';
import { contentDigest, type Content } from './content.ts';

/** Values are typed by people: what is larger belongs into an artifact. */
export const MOST_CHARACTERS = 64 * 1024;

/** Everything that is wrong with the values, by pointers into them. A form takes its own fields and no others. */
export function checkValues(form: JsonObject, values: JsonObject): readonly Violation[] {
  if (JSON.stringify(values).length > MOST_CHARACTERS) {
    return [{ pointer: '', keyword: 'tooLarge', message: `have more than ${MOST_CHARACTERS} characters` }];
  }
  return validateJson({ ...form, additionalProperties: false }, values);
}

export interface Ballot {
  readonly decision: 'approve' | 'reject';
  readonly revision: number;
  readonly digest: string;
  readonly values: JsonObject | null;
}

export type Reading =
  /** A vote over this revision and digest: the ones shown, or those that they have become with the same values. */
  | {
      readonly kind: 'over';
      readonly revision: number;
      readonly digest: string;
      /** Informational values that come with it. */
      readonly note?: JsonObject;
    }
  /** The first approval: with its values the question becomes this content. */
  | { readonly kind: 'answer'; readonly content: Content }
  /** Somebody else's values stand meanwhile. */
  | { readonly kind: 'late' }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] };

/** What a vote is over. `form` is null where the request asks none. */
export function readBallot(
  hash: Hash,
  form: JsonObject | null,
  request: Pick<RequestDocument, 'state' | 'revision' | 'digest'>,
  content: Content,
  ballot: Ballot,
): Reading {
  const { revision, digest, values } = ballot;
  const asShown = { kind: 'over', revision, digest } as const;
  const shown = revision === request.revision && digest === request.digest;
  const open = request.state === 'OPEN';
  if (ballot.decision === 'reject') {
    if (values !== null && open) return invalid('rejection', 'a rejection has none');
    return !shown && sawQuestion(hash, request, content, ballot) ? { kind: 'late' } : asShown;
  }
  if (content.values === null) {
    if (!shown || !open) return asShown;
    if (form === null) return values === null ? asShown : invalid('noForm', 'this approval asks for none');
    const violations = checkValues(form, values ?? {});
    return violations.length > 0
      ? { kind: 'invalid', violations }
      : { kind: 'answer', content: { ...content, values: values ?? {} } };
  }
  const same = values !== null && canonicalJson(values) === canonicalJson(content.values);
  if (shown) {
    if (values === null || same) return asShown;
    return open ? invalid('given', 'have been given: approve those that stand, or reject') : { kind: 'late' };
  }
  if (!sawQuestion(hash, request, content, ballot)) return asShown;
  return same ? { kind: 'over', revision: request.revision, digest: request.digest } : { kind: 'late' };
}

/** What was shown is the question as it stood before it was answered. */
const sawQuestion = (
  hash: Hash,
  request: Pick<RequestDocument, 'revision'>,
  content: Content,
  { revision, digest }: Ballot,
): boolean =>
  content.values !== null &&
  revision === request.revision - 1 &&
  digest === contentDigest(hash, { ...content, values: null });

export const invalid = (keyword: string, message: string): Reading => ({
  kind: 'invalid',
  violations: [{ pointer: '', keyword, message }],
});
