/**
 * Starts a run. Its records are committed before anything executes; a start that was acknowledged is never lost, and one
 * that is repeated under its idempotency key gives the first run again. Invariants:
 * 1. An idempotency key is taken for the run's id before anything of the run is written, so starts that race create one run.
 * 2. The run's key exists before its first sealed value; head, input and first audit record are one create-only batch.
 * 3. The lane is started last; when that fails the sweep does it.
 */
import { Problem, type FieldError } from '../contract/problems.ts';
import { laneId, runId, type RunScope, type TenantId, type WorkflowId } from '../domain/ids.ts';
import type { Head } from '../domain/run/head.ts';
import { LANE_VERSION } from '../domain/run/lane-version.ts';
import { turnFor } from '../domain/run/topology.ts';
import { traceIdOf } from '../domain/run/trace-context.ts';
import { validateJson, type Violation } from '../domain/schema/validate.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { follow } from './follow-up.ts';
import { claimKey, keyFor, standingFor, type Key } from './idempotency.ts';
import { createRun, type FirstRequest } from './start-records.ts';

export interface StartRequest extends FirstRequest {
  readonly tenant: TenantId;
  readonly workflow: WorkflowId;
  /** The active version when null. */
  readonly version: number | null;
  /** Scoped by principal and workflow. Null starts a new run each time. */
  readonly idempotencyKey: string | null;
}

export interface Started {
  readonly head: Head;
  /** The run had been started before under this key. */
  readonly replay: boolean;
}

/**
 * Answers once the head, the sealed input and the first audit record are committed; the lane may start later, the sweep sees to it.
 * Throws `Problem`: NOT_FOUND, INVALID_INPUT with every field, CONFLICT where only its trigger starts it, IDEMPOTENCY_MISMATCH. Nothing is written then.
 */
export async function startRun(deps: Deps, request: StartRequest): Promise<Started> {
  const key = await keyOf(deps, request);
  const before = key === null ? null : await standingFor(deps, key);
  const standing = before === null ? null : await deps.runs.readHead(scopeOf(request, before));
  if (standing !== null) return { head: standing.head, replay: true };
  const plan = await planFor(deps, request);
  checkStart(plan, request);
  const id = deps.ids.next();
  const scope = scopeOf(request, key === null ? id : (await claimKey(deps, key, id)).answer);
  await deps.keys.create({ tenant: scope.tenant, kind: 'run', id: scope.run });
  const head = await createRun(deps, scope, plan, request);
  if (head === null) return { head: await existing(deps, scope), replay: true };
  await startFirstLane(deps, scope, plan, head);
  return { head, replay: false };
}

const scopeOf = ({ tenant }: StartRequest, run: string): RunScope => ({ tenant, run: runId(run) });

async function keyOf(deps: Deps, request: StartRequest): Promise<Key | null> {
  const { tenant, startedBy, workflow, version, input, trigger, idempotencyKey } = request;
  if (idempotencyKey === null) return null;
  const scope = { tenant, by: startedBy.id, route: 'startRun', of: [workflow] };
  return keyFor(deps, scope, idempotencyKey, { version, input, trigger });
}

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
