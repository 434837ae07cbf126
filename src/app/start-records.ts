/**
 * The first records of a run: head, sealed input with the `vars` worked out from it, first audit record, in one create-only
 * batch. What the start itself has to evaluate (vars, business key, concurrency key) fails the start, never the run.
 */
import { createHmac } from 'node:crypto';
import { Problem } from '../contract/problems.ts';
import { record } from '../domain/audit/record.ts';
import type { RunScope, TenantId } from '../domain/ids.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/json.ts';
import type { InputDocument } from '../domain/run/documents.ts';
import type { Head } from '../domain/run/head.ts';
import { newHead } from '../domain/run/new-run.ts';
import { formatTraceparent, newTraceparent, parseTraceparent } from '../domain/run/trace-context.ts';
import type { Plan, Template } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { INPUT_ID, placeOf, runFacts } from '../domain/run/facts.ts';
import type { Scope } from '../ports/expressions.ts';
import { businessKeyHash } from './business-key.ts';
import { saltFor } from './digest-salt.ts';
import { sha256hex } from './sha256.ts';

/** What the first records are made of, beside the plan. */
export interface FirstRequest {
  readonly input: JsonObject;
  readonly startedBy: Head['startedBy'];
  readonly trigger: Head['trigger'];
  readonly scheduledFor?: string | null;
  readonly traceparent?: string | null;
}

/** Null when the run is already there. */
export async function createRun(deps: Deps, scope: RunScope, plan: Plan, request: FirstRequest): Promise<Head | null> {
  const now = deps.clock.now();
  const { startedBy, trigger, scheduledFor = null, input } = request;
  const traceparent = traceparentFor(deps, request.traceparent);
  const first = { scope, plan, startedBy, trigger, scheduledFor, traceparent, businessKey: null, now };
  const blank = newHead(first, deps.settings);
  const salt = await saltFor(deps, scope, [plan.vars, plan.businessKey, plan.concurrency] as unknown as Json);
  const names: Scope = { input, run: runFacts(blank, now), ...salt };
  const vars = Object.keys(plan.vars).length === 0 ? {} : await evaluate(deps, plan.vars, names);
  const all = { ...names, vars };
  const businessKey = await businessKeyOf(deps, scope.tenant, plan, all);
  const slotKey = await slotKeyOf(deps, scope.tenant, plan, all);
  const put = [await sealInput(deps, scope, input, vars)];
  const event = { type: 'STARTED', workflow: plan.workflow, version: plan.version, definition: plan.digest, trigger };
  const what = { at: now, by: startedBy.id, event, put, remove: [] };
  const slot = slotKey === null ? null : { key: slotKey, grant: 0 };
  const { head, audit } = record(null, { ...blank, businessKey, slot }, what, sha256hex);
  const created = await deps.runs.create(scope, { head, audit, put, remove: [] });
  return created === 'created' ? head : null;
}

/** The caller's trace when its header is valid, otherwise a trace of the run's own. */
function traceparentFor(deps: Deps, given: string | null | undefined): string {
  const context = parseTraceparent(given);
  return context === null ? newTraceparent(deps.ids.bytes(24)) : formatTraceparent(context);
}

async function sealInput(deps: Deps, scope: RunScope, input: Json, vars: Json): Promise<InputDocument> {
  const [sealedInput, sealedVars] = await Promise.all([
    deps.vault.seal(placeOf(scope, INPUT_ID, 'input', 0), input),
    deps.vault.seal(placeOf(scope, INPUT_ID, 'vars', 0), vars),
  ]);
  return { kind: 'input', id: INPUT_ID, input: sealedInput, vars: sealedVars };
}

async function evaluate(deps: Deps, template: Template, names: Scope): Promise<Json> {
  const evaluated = await deps.expressions.value(template, names);
  if (evaluated.ok) return evaluated.value;
  const error = { pointer: '', code: evaluated.code, message: 'An expression evaluated at the start has no value.' };
  throw new Problem('INVALID_INPUT', 'The input does not fit the workflow.', [error]);
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : canonicalJson(value));

async function businessKeyOf(deps: Deps, tenant: TenantId, plan: Plan, names: Scope): Promise<string | null> {
  if (plan.businessKey === null) return null;
  const text = textOf(await evaluate(deps, plan.businessKey.value, names));
  return plan.businessKey.clear ? text : businessKeyHash(deps, tenant, text);
}

/** Runs of one workflow with the same key share its limit; without a key all of them do. */
async function slotKeyOf(deps: Deps, tenant: TenantId, plan: Plan, names: Scope): Promise<string | null> {
  if (plan.concurrency === null) return null;
  const { key } = plan.concurrency;
  const value = key === null ? null : textOf(await evaluate(deps, key, names));
  return createHmac('sha256', await deps.keys.mac(tenant, 'index'))
    .update(canonicalJson(['slot', plan.workflow, value]))
    .digest('hex');
}
