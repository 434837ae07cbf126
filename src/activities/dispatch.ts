/**
 * The last gate before anything is written: reads the decision record, evaluates the request again and compares. It
 * trusts no step's output and no earlier check. Other content, an outdated or void decision open the question anew,
 * under this very step; without any authority nothing is written.
 */
import { sha256 } from '../app/link-token.ts';
import { requestDigest, type Content } from '../domain/governance/content.ts';
import { policyRef } from '../domain/governance/evaluate.ts';
import { isFulfilled } from '../domain/governance/fulfilled.ts';
import { mayRequireApproval } from '../domain/governance/policy.ts';
import { expire, invalidity, isOverdue, requestId, voided, voidReason } from '../domain/governance/request.ts';
import { StepFault } from '../domain/errors.ts';
import type { Instant } from '../domain/json.ts';
import type { RequestDocument } from '../domain/run/documents.ts';
import type { ExecuteAction, PlanStep, PushAction } from '../domain/workflow/plan.ts';
import { assess, policiesNamed, type GovernStep } from './govern-assess.ts';
import { bind, type Bound } from './govern-bind.ts';
import { waitFurther } from './govern-escalate.ts';
import { askPeople, recordByPolicy } from './govern-open.ts';
import { decidedContent, valuesBound } from './govern-record.ts';
import { alreadySent } from './write-slots.ts';
import type { Step, StepOutcome } from './step.ts';

/** Leave to write: this request, through this connector version, by this record. */
export interface Authority {
  readonly bound: Bound;
  /** Id of the decision record; committed with the first `intended` when it is new. */
  readonly record: string;
  readonly fresh: RequestDocument | null;
  /** Whether the record still says so: asked in every commit of an `intended`, because people may take it back until then. */
  readonly stands: () => Promise<boolean>;
  /** Whether it is still valid: time passes also where nobody else commits. */
  readonly inTime: () => boolean;
}

/** What was decided is void by now: the step has to be authorised again before anything more is sent. */
export class AuthorityLost extends Error {
  constructor() {
    super('authority lost');
    this.name = 'AuthorityLost';
  }
}

export type Authorised =
  { readonly ok: true; readonly authority: Authority } | { readonly ok: false; readonly outcome: StepOutcome };

type Writing = Step<PushAction | ExecuteAction>;

/**
 * The authority for what this step would write now, or the outcome of the step: people are asked (again), or a policy denies.
 * Throws `StepFault`: `UNGOVERNED_EFFECT` where no valid decision speaks about this write, `GOVERN_REJECTED` where people said no.
 */
export async function authorise(step: Writing): Promise<Authorised> {
  const now = step.deps.clock.now();
  const governStep = governOf(step);
  const record = await standingRecord(step, governStep);
  if (record === null) {
    if (governStep !== null) throw new StepFault('UNGOVERNED_EFFECT', 'its GOVERN has left no record');
    return judgeHere(step, null, null, now);
  }
  if (record.state === 'OPEN' && record.step === step.step.ordinal)
    return { ok: false, outcome: await waitOn(step, record, now) };
  if (record.state === 'REJECTED') throw new StepFault('GOVERN_REJECTED', record.reasons.join(', '));
  const lapsed = record.state === 'EXPIRED' ? 'EXPIRED' : invalidity(record, now);
  if (lapsed === 'EXPIRED' || record.state === 'VOID')
    return judgeHere(step, record, record.state === 'VOID' ? voidReason(record) : 'EXPIRED', now);
  if (lapsed !== null) throw new StepFault('UNGOVERNED_EFFECT', `the decision record says ${record.state}`);
  return compare(step, record, await decidedContent(step, record), now);
}

/** A question under the write that nobody has answered in time ends the step, whatever the deadline says short of `escalate`. */
async function waitOn(step: Writing, open: RequestDocument, now: Instant): Promise<StepOutcome> {
  if (!isOverdue(open, now)) return waitFurther(step, open, now);
  const expired = expire(open, now);
  return { kind: 'failed', code: 'GOVERN_EXPIRED', detail: open.reasons.join(', '), put: [expired] };
}

async function compare(step: Writing, record: RequestDocument, content: Content, now: Instant): Promise<Authorised> {
  if (!isFulfilled(record, content.requirements))
    throw new StepFault('UNGOVERNED_EFFECT', 'the decisions are not what the policies demand');
  const decided = content.requests.find((request) => request.step === step.step.id);
  if (decided === undefined) throw new StepFault('UNGOVERNED_EFFECT', 'the decision does not speak about this step');
  const bound = await bind(step, step.step, decided.connectorVersion);
  const covered = new Set(record.policies.map((ref) => ref.split('@')[0]));
  const missing = bound.resolved.policiesOf(bound.request.target).find((policy) => !covered.has(policy));
  if (missing !== undefined) throw new StepFault('UNGOVERNED_EFFECT', `the decision was made without ${missing}`);
  const same = requestDigest(sha256, content.salt, decided) === requestDigest(sha256, content.salt, bound.request);
  if (!same) {
    if (await alreadySent(step, bound)) throw new StepFault('EFFECT_CHANGED', 'what was sent before had other content');
    return judgeHere(step, record, 'CONTENT_CHANGED', now);
  }
  if (await policiesChanged(step, record)) return judgeHere(step, record, 'POLICY_CHANGED', now);
  const inTime = (): boolean => invalidity(record, step.deps.clock.now()) === null;
  return { ok: true, authority: { bound, record: record.id, fresh: null, stands: () => stands(step, record), inTime } };
}

/** A decision is made under certain versions of certain policies: a governor who tightens one is heard until the write. */
async function policiesChanged(step: Writing, { policies }: RequestDocument): Promise<boolean> {
  const names = policies.map((ref) => ref.split('@')[0] ?? '');
  const active = await policiesNamed(step.deps, step.scope.tenant, names);
  return active.some(({ policy }) => policy === null || !policies.includes(policyRef(policy)));
}

async function stands(step: Writing, { id, revision, digest }: RequestDocument): Promise<boolean> {
  const found = await step.deps.runs.readDocument(step.scope, 'request', id);
  return found !== null && found.state === 'APPROVED' && found.revision === revision && found.digest === digest;
}

/**
 * Judges this step alone, here and now: where no GOVERN stands before it, and where what was decided no longer holds.
 * The outdated record is void from the same commit on.
 */
async function judgeHere(
  step: Writing,
  outdated: RequestDocument | null,
  reason: 'CONTENT_CHANGED' | 'POLICY_CHANGED' | 'EXPIRED' | 'WITHDRAWN' | null,
  now: Instant,
): Promise<Authorised> {
  const governStep = governOf(step);
  // The GOVERN has handed its values on: they stand whatever is asked again, and whoever decides now sees them.
  const values = governStep === null ? null : await valuesBound(step, await recordOf(step, governStep));
  const assessment = await assess(step, governStep, [step.step], values);
  const [bound] = assessment.bound;
  if (bound === undefined) throw new StepFault('UNGOVERNED_EFFECT', 'nothing was bound');
  if (governStep === null && (await mightAsk(step, bound)))
    throw new StepFault('UNGOVERNED_EFFECT', 'a policy of the connector may ask people, and no GOVERN does');
  const own = await recordOf(step, step.step);
  const foreign = outdated !== null && outdated.id !== own?.id ? [voided(outdated, now)] : [];
  const { verdict, reasons } = assessment.judgement;
  if (verdict === 'deny') {
    const denial = await recordByPolicy(step, assessment, own, now);
    const put = [...foreign, denial];
    return { ok: false, outcome: { kind: 'failed', code: 'GOVERN_DENIED', detail: reasons.join(', '), put } };
  }
  if (verdict === 'allow') {
    const fresh = await recordByPolicy(step, assessment, own, now);
    return { ok: true, authority: { bound, record: fresh.id, fresh, stands: async () => true, inTime: () => true } };
  }
  const opened = await askPeople(step, governStep, assessment, own, now, reason);
  if (opened === null) throw new StepFault('NO_APPROVERS', reasons.join(', '));
  step.deps.telemetry.event('approval.opened', { run: step.scope.run, step: step.step.ordinal, reason });
  const { request, put, post } = opened;
  return {
    ok: false,
    outcome: { kind: 'suspended', reason: 'APPROVAL', due: request.dueAt, put: [...foreign, ...put], post },
  };
}

/** Whether any policy of the connector can ask people about this target: then rules alone are no authority for it. */
async function mightAsk(step: Writing, bound: Bound): Promise<boolean> {
  const names = bound.resolved.policiesOf(bound.request.target);
  const policies = await policiesNamed(step.deps, step.scope.tenant, names);
  return policies.some(({ policy }) => policy === null || mayRequireApproval(policy));
}

function governOf(step: Writing): GovernStep | null {
  const { governedBy } = step.step;
  if (governedBy === null) return null;
  const found = step.plan.steps[governedBy - 1];
  if (found?.action.verb !== 'GOVERN') throw new StepFault('UNGOVERNED_EFFECT', 'governedBy names no GOVERN');
  return found as GovernStep;
}

/** The record made under this step, when it is the newer one; else the GOVERN's. */
async function standingRecord(step: Writing, governStep: GovernStep | null): Promise<RequestDocument | null> {
  const own = await recordOf(step, step.step);
  if (governStep === null) return own;
  const govern = await recordOf(step, governStep);
  if (own === null || govern === null) return govern;
  return own.openedAt >= govern.openedAt ? own : govern;
}

const recordOf = (step: Writing, { ordinal }: Pick<PlanStep, 'ordinal'>): Promise<RequestDocument | null> =>
  step.deps.runs.readDocument(step.scope, 'request', requestId(ordinal));
