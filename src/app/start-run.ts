/**
 * Starts a run. Its records are committed before anything executes; a start that was acknowledged is never lost, and one
 * that is repeated under its idempotency key gives the first run again. Invariants:
 * 1. The run's key exists before its first sealed value; head, input and first audit record are one create-only batch.
 * 2. The lane is started last; when that fails the sweep does it.
 */
import { createHmac } from 'node:crypto';
import { Problem, type FieldError } from '../contract/problems.ts';
import { laneId, runId, type RunScope, type TenantId, type WorkflowId } from '../domain/ids.ts';
import { canonicalJson, type JsonObject } from '../domain/json.ts';
import type { Head } from '../domain/run/head.ts';
import { LANE_VERSION } from '../domain/run/lane-version.ts';
import { turnFor } from '../domain/run/topology.ts';
import { traceIdOf } from '../domain/run/trace-context.ts';
import { validateJson, type Violation } from '../domain/schema/validate.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { follow } from './follow-up.ts';
import { createRun } from './start-records.ts';

export interface StartRequest {
  readonly tenant: TenantId;
  readonly workflow: WorkflowId;
  /** The active version when null. */
  readonly version: number | null;
  readonly input: JsonObject;
  readonly startedBy: Head['startedBy'];
  readonly trigger: Head['trigger'];
  /** Scoped by principal and workflow. Null starts a new run each time. */
  readonly idempotencyKey: string | null;
  readonly scheduledFor?: string | null;
  readonly traceparent?: string | null;
}

export interface Started {
  readonly head: Head;
  /** The run had been started before under this key. */
  readonly replay: boolean;
}

const ANSWER_KEPT_MS = 30 * 86_400_000;

/**
 * Answers once the head, the sealed input and the first audit record are committed; the lane may start later, the sweep sees to it.
 * Throws `Problem`: NOT_FOUND, INVALID_INPUT with every field, CONFLICT where only its trigger starts it, IDEMPOTENCY_MISMATCH. Nothing is written then.
 */
export async function startRun(deps: Deps, request: StartRequest): Promise<Started> {
  const key = request.idempotencyKey === null ? null : await identify(deps, request, request.idempotencyKey);
  const scope = { tenant: request.tenant, run: runId(key?.run ?? deps.ids.next()) };
  if (key !== null) {
    const standing = await standingRun(deps, scope, key);
    if (standing !== null) return { head: standing, replay: true };
  }
  const plan = await planFor(deps, request);
  checkStart(plan, request);
  if (key !== null) await claimKey(deps, request.tenant, key);
  await deps.keys.create({ tenant: scope.tenant, kind: 'run', id: scope.run });
  const head = await createRun(deps, scope, plan, request);
  if (head === null) return { head: await existing(deps, scope), replay: true };
  await startFirstLane(deps, scope, plan, head);
  return { head, replay: false };
}

interface Key {
  readonly run: string;
  readonly keyHash: string;
  readonly bodyHash: string;
}

async function mac(deps: Deps, tenant: TenantId, text: string): Promise<string> {
  return createHmac('sha256', await deps.keys.mac(tenant, 'idempotency'))
    .update(text)
    .digest('hex');
}

/** Clients put meaning into keys: only keyed digests of key and body are kept. */
async function identify(deps: Deps, request: StartRequest, key: string): Promise<Key> {
  const { tenant, startedBy, workflow, version, input, trigger } = request;
  const keyHash = await mac(deps, tenant, canonicalJson(['startRun', startedBy.id, workflow, key]));
  const bodyHash = await mac(deps, tenant, canonicalJson({ version, input, trigger }));
  return { run: keyHash.slice(0, 32), keyHash, bodyHash };
}

async function standingRun(deps: Deps, scope: RunScope, key: Key): Promise<Head | null> {
  const claimed = await deps.idempotency.find(scope.tenant, key.keyHash);
  if (claimed !== null && claimed.bodyHash !== key.bodyHash) throw mismatch();
  return (await deps.runs.readHead(scope))?.head ?? null;
}

async function claimKey(deps: Deps, tenant: TenantId, key: Key): Promise<void> {
  const expiresAt = new Date(Date.parse(deps.clock.now()) + ANSWER_KEPT_MS).toISOString();
  const entry = { bodyHash: key.bodyHash, answer: key.run };
  const claimed = await deps.idempotency.claim(tenant, key.keyHash, entry, expiresAt);
  if (claimed.bodyHash !== key.bodyHash) throw mismatch();
}

const mismatch = (): Problem => new Problem('IDEMPOTENCY_MISMATCH', 'The key stands for another start.');

async function planFor(deps: Deps, { tenant, workflow, version }: StartRequest): Promise<Plan> {
  const found =
    version === null
      ? await deps.definitions.active(tenant, 'Workflow', workflow)
      : await deps.definitions.version(tenant, 'Workflow', workflow, version);
  if (found === null)
    throw new Problem('NOT_FOUND', `There is no workflow ${workflow}${version === null ? '' : ` version ${version}`}.`);
  return deps.plans.get(tenant, workflow, found.version);
}

function checkStart(plan: Plan, { trigger, input }: StartRequest): void {
  if (plan.trigger !== null && plan.trigger !== trigger) {
    throw new Problem('CONFLICT', `The workflow is started by ${plan.trigger} only.`);
  }
  const errors = plan.input === null ? [] : fieldErrors(validateJson(plan.input, input));
  if (errors.length > 0) throw new Problem('INVALID_INPUT', 'The input does not fit the workflow.', errors);
}

const fieldErrors = (violations: readonly Violation[]): readonly FieldError[] =>
  violations.map(({ pointer, keyword, message }) => ({ pointer, code: keyword, message }));

async function existing(deps: Deps, scope: RunScope): Promise<Head> {
  const stored = await deps.runs.readHead(scope);
  if (stored === null) throw new Problem('UNAVAILABLE', 'The run exists but cannot be read yet.');
  return stored.head;
}

async function startFirstLane(deps: Deps, scope: RunScope, plan: Plan, head: Head): Promise<void> {
  const starts = [{ lane: laneId(scope.run, 0, 1), turn: turnFor(plan, head, 0, 1) }];
  await follow(deps, scope, head, { starts, rings: [], aborts: [], voids: [] });
  deps.telemetry.event('run.started', {
    tenant: head.tenant,
    run: head.run,
    workflow: head.workflow,
    version: head.version,
    laneVersion: LANE_VERSION,
    trace: traceIdOf(head.traceparent),
  });
}
