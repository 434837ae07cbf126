/**
 * What waits in the outbox until it is delivered. The payload of a post document is exactly one notice; it is the only
 * place where a personal link lies, sealed, and it is removed with its delivery.
 */
import type { RunScope } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { OutboxEntry } from '../run/head.ts';
import type { SealedPlace } from '../sealing/sealed.ts';

export const postId = (entryId: string): string => `post~${entryId}`;

/** Where the payload of an outbox entry is sealed. */
export function postPlace(scope: RunScope, entryId: string): SealedPlace {
  return { tenant: scope.tenant, kind: 'run', id: scope.run, path: `post/${entryId}`, field: 'payload', attempt: 0 };
}

/** Where the content of a request is sealed: by revision, so that an earlier one cannot be put back. */
export function contentPlace(scope: RunScope, step: number, revision: number, attempt: number): SealedPlace {
  return {
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path: `request/${step}/${revision}`,
    field: 'content',
    attempt,
  };
}

export function commentsPlace(scope: RunScope, step: number): SealedPlace {
  return { tenant: scope.tenant, kind: 'run', id: scope.run, path: `request/${step}`, field: 'comments', attempt: 0 };
}

export function answersPlace(scope: RunScope, step: number): SealedPlace {
  return { ...commentsPlace(scope, step), field: 'answers' };
}

export function noticeEntry(id: string, step: number, at: Instant): OutboxEntry {
  return { id, kind: 'notice', step, document: postId(id), attempts: 0, notBefore: at };
}
