/**
 * GOVERN: judges everything that it governs, and waits for people where a policy says so. Its record is what dispatch
 * reads; its output only tells the workflow how it went.
 */
import { sha256 } from '../app/link-token.ts';
import type { GovernAction } from '../domain/workflow/plan.ts';
import { contentDigest, type Content } from '../domain/governance/content.ts';
import {
  expire,
  invalidity,
  isOverdue,
  requestId,
  standingDecisions,
  voidReason,
} from '../domain/governance/request.ts';
import type { StepCode } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import { assess, type GovernStep } from './govern-assess.ts';
import { isWrite } from './govern-bind.ts';
import { waitFurther } from './govern-escalate.ts';
import { askPeople, recordByPolicy } from './govern-open.ts';
import { openContent, valuesGiven } from './govern-record.ts';
import { verb } from './internal-step.ts';
import type { Step, StepOutcome } from './step.ts';

export const govern = verb<GovernAction>(async (step): Promise<StepOutcome> => {
  const { deps, scope } = step;
  const standing = await deps.runs.readDocument(scope, 'request', requestId(step.step.ordinal));
  if (step.woken && standing !== null) return takeDecision(step, standing);
  return judgeNow(step, standing);
});

/** `reason`: why it is asked again. */
async function judgeNow(
  step: Step<GovernAction>,
  before: RequestDocument | null,
  reason: string | null = null,
): Promise<StepOutcome> {
  const { deps, plan } = step;
  const now = deps.clock.now();
  const targets = step.step.governs.map((ordinal) => plan.steps[ordinal - 1]).filter((each) => each !== undefined);
  const governStep: GovernStep = step.step;
  const assessment = await assess(step, governStep, targets.filter(isWrite));
  const { verdict } = assessment.judgement;
  const kept = before === null || verdict === 'deny' ? null : await standingApproval(step, before, assessment.content);
  if (kept !== null) return approved(kept.request, [], kept.values);
  if (verdict !== 'require-approval') {
    const request = await recordByPolicy(step, assessment, before, now);
    deps.telemetry.event('approval.decided', { run: step.scope.run, step: request.step, state: request.state });
    return verdict === 'allow' ? approved(request, [request]) : notApproved(step, request, 'GOVERN_DENIED', [request]);
  }
  const opened = await askPeople(step, governStep, assessment, before, now, reason);
  if (opened === null) return { kind: 'failed', code: 'NO_APPROVERS', detail: assessment.judgement.reasons.join(', ') };
  deps.telemetry.event('approval.opened', { run: step.scope.run, step: opened.request.step });
  return { kind: 'suspended', reason: 'APPROVAL', due: opened.request.dueAt, put: opened.put, post: opened.post };
}

/** An approval that still holds over exactly this content is not asked for again when the step is repeated. */
async function standingApproval(
  step: Step,
  before: RequestDocument,
  content: Content,
): Promise<{ readonly request: RequestDocument; readonly values: JsonObject | null } | null> {
  if (invalidity(before, step.deps.clock.now()) !== null) return null;
  const bound = await openContent(step, before);
  if (bound === null) return null;
  const { salt, values } = bound;
  const again = contentDigest(sha256, { ...content, salt, values });
  return again === before.digest ? { request: before, values: await valuesGiven(step, before) } : null;
}

async function takeDecision(step: Step<GovernAction>, request: RequestDocument): Promise<StepOutcome> {
  const now = step.deps.clock.now();
  switch (request.state) {
    case 'APPROVED':
      return approved(request, [], await valuesGiven(step, request));
    case 'REJECTED':
      return notApproved(step, request, 'GOVERN_REJECTED', []);
    case 'EXPIRED':
      return notApproved(step, request, 'GOVERN_EXPIRED', []);
    case 'VOID':
      return judgeNow(step, request, voidReason(request));
    case 'OPEN':
      if (isOverdue(request, now)) {
        const expired = expire(request, now);
        if (request.onDeadline === 'fail') return failed(expired, 'GOVERN_EXPIRED', [expired]);
        return notApproved(step, expired, 'GOVERN_EXPIRED', [expired]);
      }
      return waitFurther(step, request, now);
  }
}

type Put = readonly RequestDocument[];

function ended(
  request: RequestDocument,
  decision: string,
  chosen: number,
  put: Put,
  values: JsonObject | null = null,
): StepOutcome {
  const approvers = standingDecisions(request).map((each) => each.by);
  return {
    kind: 'succeeded',
    chosen,
    put,
    output: { decision, reasons: request.reasons, approvers, values: values ?? {} },
  };
}

const approved = (request: RequestDocument, put: Put, values: JsonObject | null = null): StepOutcome =>
  ended(request, request.authority === 'policy' ? 'allowed' : 'approved', 1, put, values);

function notApproved(step: Step<GovernAction>, request: RequestDocument, code: StepCode, put: Put): StepOutcome {
  if (step.step.action.onReject === 'fail') return failed(request, code, put);
  const words: Partial<Record<StepCode, string>> = { GOVERN_DENIED: 'denied', GOVERN_EXPIRED: 'expired' };
  return ended(request, words[code] ?? 'rejected', 0, put);
}

const failed = (request: RequestDocument, code: StepCode, put: Put): StepOutcome => ({
  kind: 'failed',
  code,
  detail: request.reasons.join(', '),
  put,
});
