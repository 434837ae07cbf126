/** What a request binds: opened with the proof that it is what its digest says, and sealed anew where it is revised. */
import type { Deps } from '../ports/deps.ts';
import { contentDigest, type Content } from '../domain/governance/content.ts';
import { contentPlace } from '../domain/governance/notice.ts';
import { revised } from '../domain/governance/request.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { KeyPurpose } from '../ports/key-ring.ts';
import { sha256 } from './link-token.ts';

/** Null when the content does not have the digest that was decided: an older or foreign value was put in its place. */
export async function contentOfRequest(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  purpose: KeyPurpose,
): Promise<Content | null> {
  const place = contentPlace(scope, request.step, request.revision, request.attempt);
  const content = (await deps.vault.open(place, request.content, purpose)) as unknown as Content;
  return contentDigest(sha256, content) === request.digest ? content : null;
}

/** The next revision of the same question: with the values that were typed, or asking for them again. */
export async function reviseContent(
  deps: Pick<Deps, 'vault'>,
  scope: RunScope,
  request: RequestDocument,
  content: Content,
): Promise<RequestDocument> {
  const place = contentPlace(scope, request.step, request.revision + 1, request.attempt);
  const sealed = await deps.vault.seal(place, content as unknown as Json);
  return revised(request, contentDigest(sha256, content), sealed, content.values === null ? 'asked' : 'given');
}
