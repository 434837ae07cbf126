/**
 * A valid Workflow document → its plan. Ordinals follow the document: the main list, then each step's own handler
 * steps, then `onError`, then `finally`. Throws for a document that validation refuses: versions are validated before.
 */
import { workflowId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { actionOf } from './actions.ts';
import { durationMs } from './durations.ts';
import type { Plan, PlanStep, RetryRule, Template } from './plan.ts';
import { workflowFields } from './fields.ts';
import { placeSteps, type Placed } from './place-steps.ts';
import { readsOf, readsOfFields } from './reads.ts';
import { readWorkflow } from './read-workflow.ts';
import type { ReadWorkflow } from './read-workflow.ts';
import type { RetryDocument } from './shape/steps.ts';

const RETRY: RetryRule = {
  maxAttempts: 3,
  initialMs: 2_000,
  backoff: 2,
  maxIntervalMs: 60_000,
  jitter: true,
  on: null,
  never: [],
};
const RUN_TIMEOUT_MS = 5 * 60_000;
const STEP_TIMEOUT_MS = 2 * 60_000;

export function compilePlan(document: JsonObject, version: number, digest: string): Plan {
  const { workflow, problems } = readWorkflow(document);
  const [first] = problems;
  if (workflow === null || first !== undefined) {
    throw new TypeError(`the stored workflow does not compile: ${first?.code ?? 'EMPTY'} at ${first?.pointer ?? '/'}`);
  }
  return planOf(workflow, version, digest);
}

export function planOf(workflow: ReadWorkflow, version: number, digest: string): Plan {
  const placed = placeSteps(workflow);
  const { head } = workflow;
  const byId = new Map(placed.map((p) => [p.read.step.id, p.ordinal]));
  const governed = new Map<number, number[]>();
  for (const p of placed) {
    const by = governedBy(p, byId);
    if (by !== null) governed.set(by, [...(governed.get(by) ?? []), p.ordinal]);
  }
  const steps = placed.map((p) => planStep(p, workflow, byId, governed.get(p.ordinal) ?? [], placed));
  const followed = new Set(steps.flatMap((s) => s.dependsOn));
  const { effectKey, businessKey } = head;
  return {
    workflow: workflowId(workflow.id),
    version,
    digest,
    name: head.name ?? workflow.id,
    owner: head.owner ?? null,
    tags: head.tags ?? [],
    order: workflow.order,
    input: (head.input as JsonObject | undefined) ?? null,
    vars: head.vars ?? {},
    businessKey: businessKey === undefined ? null : keyed(businessKey),
    effectKey: effectKey === undefined ? null : keyed(effectKey).value,
    output: head.output ?? null,
    sinks: steps.filter((s) => s.list === 'MAIN' && !followed.has(s.ordinal)).map((s) => s.ordinal),
    outputReads: readsOfFields(
      workflowFields(workflow).filter((f) => f.pointer === '/output'),
      byId,
    ),
    timeoutMs: ms(head.timeout) ?? RUN_TIMEOUT_MS,
    concurrency:
      head.concurrency === undefined
        ? null
        : {
            limit: head.concurrency.limit,
            key: head.concurrency.key ?? null,
            onLimit: 'queue',
            maxWaitMs: ms(head.concurrency.maxWait),
            priority: head.concurrency.priority ?? 3,
          },
    trigger: workflow.trigger,
    retentionMs: ms(head.retention),
    steps,
  };
}

function planStep(
  p: Placed,
  workflow: ReadWorkflow,
  byId: ReadonlyMap<string, number>,
  governs: readonly number[],
  placed: readonly Placed[],
): PlanStep {
  const { step } = p.read;
  const { head } = workflow;
  const onError = step.onError;
  const action = actionOf(p, byId);
  return {
    ordinal: p.ordinal,
    id: step.id,
    name: step.name ?? null,
    list: p.read.list,
    handles: p.handles,
    dependsOn: p.dependsOn,
    gates: p.gates,
    when: step.when ?? null,
    with: step.with ?? {},
    timeoutMs: ms(step.timeout) ?? ms(head.defaults?.timeout) ?? STEP_TIMEOUT_MS,
    totalTimeoutMs: ms(step.totalTimeout),
    heartbeatMs: ms(step.heartbeat) ?? ms(head.defaults?.heartbeat),
    retry: retryOf([head.retry, head.defaults?.retry, step.retry], step.retries),
    onError: typeof onError === 'object' ? (onError.then ?? 'fail') : (onError ?? 'fail'),
    handler: placed.filter((other) => other.handles === p.ordinal).map((other) => other.ordinal),
    governedBy: governedBy(p, byId),
    governs,
    sensitive: step.sensitive ?? true,
    returns: (step.returns as JsonObject | string | undefined) ?? null,
    reads: readsOf(p.read, byId, placed, governs),
    action,
  };
}

function governedBy(p: Placed, byId: ReadonlyMap<string, number>): number | null {
  const step = p.read.step;
  return 'governedBy' in step && step.governedBy !== undefined ? (byId.get(step.governedBy) ?? null) : null;
}

function retryOf(rules: readonly (RetryDocument | undefined)[], retries: number | undefined): RetryRule {
  let rule = RETRY;
  for (const given of rules) {
    if (given === undefined) continue;
    rule = {
      maxAttempts: given.maxAttempts ?? rule.maxAttempts,
      initialMs: ms(given.initial) ?? rule.initialMs,
      backoff: given.backoff ?? rule.backoff,
      maxIntervalMs: ms(given.maxInterval) ?? rule.maxIntervalMs,
      jitter: given.jitter ?? rule.jitter,
      on: given.on ?? rule.on,
      never: given.never ?? rule.never,
    };
  }
  return retries === undefined ? rule : { ...rule, maxAttempts: retries + 1 };
}

function ms(duration: string | number | undefined): number | null {
  return duration === undefined ? null : durationMs(duration);
}

function keyed(given: unknown): { value: Template; clear: boolean } {
  const object = given as { value?: Template; clear?: unknown } | null;
  const marked = typeof object === 'object' && object !== null && object.clear === true && 'value' in object;
  return marked ? { value: object.value as Template, clear: true } : { value: given as Template, clear: false };
}
