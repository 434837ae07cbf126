/** A question that stays open: until its deadline, or, with `escalate`, beyond it once the managers have been told. */
import { noticeEntry, postId, postPlace } from '../domain/governance/notice.ts';
import type { Instant, Json } from '../domain/json.ts';
import type { PostDocument, RequestDocument } from '../domain/run/documents.ts';
import type { OutboxEntry } from '../domain/run/head.ts';
import type { Action } from '../domain/workflow/plan.ts';
import { noticeFor } from './govern-open.ts';
import type { Step, StepOutcome } from './step.ts';

const MOST_MANAGERS = 20;

/** Nobody has answered yet, and the question is not over. */
export async function waitFurther(step: Step<Action>, request: RequestDocument, now: Instant): Promise<StepOutcome> {
  if (request.dueAt !== null && now >= request.dueAt) return escalate(step, request, now);
  return { kind: 'suspended', reason: 'APPROVAL', due: request.dueAt, put: [], post: [] };
}

async function escalate(step: Step<Action>, request: RequestDocument, now: Instant): Promise<StepOutcome> {
  const { deps, scope } = step;
  const asked = await deps.directory.members(scope.tenant, request.eligible);
  const managers = [...new Set(asked.flatMap((person) => (person.manager === null ? [] : [person.manager])))];
  const put: PostDocument[] = [];
  const post: OutboxEntry[] = [];
  for (const [index, id] of managers.slice(0, MOST_MANAGERS).entries()) {
    const manager = await deps.directory.find(scope.tenant, id);
    if (manager === null) continue;
    const entry = `escalation~${request.step}~${request.revision}~${index}`;
    const notice = noticeFor(step, manager, request, 'escalation', entry, null);
    const payload = await deps.vault.seal(postPlace(scope, entry), notice as unknown as Json);
    put.push({ kind: 'post', id: postId(entry), payload });
    post.push(noticeEntry(entry, request.step, now));
  }
  return { kind: 'suspended', reason: 'APPROVAL', due: null, put, post };
}
