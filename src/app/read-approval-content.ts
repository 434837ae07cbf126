/** Opens what a request binds, and proves that it is what its digest says. */
import type { Deps } from '../ports/deps.ts';
import { contentDigest, type Content } from '../domain/governance/content.ts';
import { contentPlace } from '../domain/governance/notice.ts';
import type { RunScope } from '../domain/ids.ts';
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
