/** Runs over HTTP: parse, use case, present. */
import { businessKeyHash } from '../../src/app/business-key.ts';
import { controlRun, type Control } from '../../src/app/control-run.ts';
import { listEffects, resolveEffect } from '../../src/app/resolve-effect.ts';
import { readOutput, type Reveal } from '../../src/app/read-output.ts';
import { readRun, runView, waitForRun } from '../../src/app/read-run.ts';
import { startRun } from '../../src/app/start-run.ts';
import { Problem } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/runs.ts';
import { runId, workflowId, type RunScope } from '../../src/domain/ids.ts';
import { endOrdinal } from '../../src/domain/workflow/plan.ts';
import type { Head } from '../../src/domain/run/head.ts';
import type { Principal } from '../../src/ports/identity.ts';
import type { Services } from '../services.ts';
import { handle, replayed, type Answer, type Call } from './edge.ts';

const isSuspended = (head: Head): boolean => head.state === 'SUSPENDED';
const scopeOf = (caller: Principal, run: string): RunScope => ({ tenant: caller.tenant, run: runId(run) });

async function existing({ deps }: Services, caller: Principal, run: string) {
  const found = await readRun(deps, scopeOf(caller, run));
  if (found === null) throw new Problem('NOT_FOUND', `There is no run ${run}.`);
  return found;
}

/** A control of an operator: one committed event; `Problem` says why it is refused. */
async function control(
  { caller, run, reason }: { readonly caller: Principal; readonly run: string; readonly reason: string },
  services: Services,
  kind: Control,
): Promise<Answer> {
  await controlRun(services.deps, { scope: scopeOf(caller, run), control: kind, by: caller.id, reason });
  const { head, plan } = await existing(services, caller, run);
  return { status: 200, json: runView(head, plan) };
}

const controls = [
  [routes.cancelRun, 'cancel'],
  [routes.terminateRun, 'terminate'],
  [routes.pauseRun, 'pause'],
  [routes.resumeRun, 'resume'],
  [routes.retryRun, 'retry'],
] as const;

function revealOf(
  call: Pick<Call<typeof routes.getRunOutput>, 'query' | 'may' | 'caller'>,
  startedBy: string,
): Reveal | null {
  const { reveal, reason } = call.query;
  if (reveal === undefined) return null;
  if (!call.may('data.reveal') && !(call.may('data.reveal-own') && call.caller.id === startedBy))
    throw new Problem(
      'FORBIDDEN',
      'A reveal needs the permission data.reveal, or data.reveal-own for runs that you started.',
    );
  if (reason === undefined)
    throw new Problem('INVALID_REQUEST', 'A reveal needs a reason.', [
      { pointer: 'query/reason', code: 'REQUIRED', message: 'say why you need to see it' },
    ]);
  return { by: call.caller.id, pointers: reveal.split(','), reason };
}

export const runHandlers = [
  handle(routes.startRun, async ({ caller, params, query, body, header, idempotencyKey }, services) => {
    const { deps } = services;
    const started = await startRun(deps, {
      tenant: caller.tenant,
      workflow: workflowId(params.workflow),
      version: query.version ?? null,
      input: (body.input ?? {}) as never,
      startedBy: { id: caller.id, kind: caller.kind },
      trigger: body.trigger ?? 'api',
      idempotencyKey,
      traceparent: header('traceparent'),
    });
    const scope = scopeOf(caller, started.head.run);
    if (query.wait) await waitForRun(deps, scope, Number.MAX_SAFE_INTEGER, query.wait * 1000, isSuspended);
    const { head, plan } = await existing(services, caller, started.head.run);
    const settled = head.endedAt !== null || head.state === 'SUSPENDED';
    return {
      status: started.replay || (query.wait !== undefined && settled) ? 200 : 202,
      json: runView(head, plan),
      headers: {
        location: `${deps.settings.publicBaseUrl}/api/v1/runs/${started.head.run}`,
        ...replayed(started.replay),
      },
    };
  }),
  handle(routes.listRuns, async ({ caller, query }, { deps }) => {
    const { limit, cursor, workflow, ...rest } = query;
    const filter = Object.fromEntries(
      Object.entries({ ...rest, workflow: workflow === undefined ? undefined : workflowId(workflow) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const page = await deps.runs.listRuns(caller.tenant, filter, limit, cursor ?? null);
    return { status: 200, json: { items: page.items.map((head) => runView(head, null)), cursor: page.cursor } };
  }),
  handle(routes.searchRuns, async ({ caller, body }, { deps }) => {
    const businessKey = await businessKeyHash(deps, caller.tenant, body.businessKey);
    const page = await deps.runs.listRuns(caller.tenant, { businessKey }, body.limit, body.cursor ?? null);
    return { status: 200, json: { items: page.items.map((head) => runView(head, null)), cursor: page.cursor } };
  }),
  handle(routes.getRun, async ({ caller, params, query }, services) => {
    if (query.wait) {
      const settled = query.after === undefined ? isSuspended : undefined;
      await waitForRun(
        services.deps,
        scopeOf(caller, params.run),
        query.after ?? Number.MAX_SAFE_INTEGER,
        query.wait * 1000,
        settled,
      );
    }
    const { head, plan, etag } = await existing(services, caller, params.run);
    return { status: 200, json: runView(head, plan), headers: { etag: `"${etag}"` } };
  }),
  handle(routes.getRunOutput, async (call, services) => {
    const { head, plan } = await existing(services, call.caller, call.params.run);
    const output = await readOutput(
      services.deps,
      scopeOf(call.caller, call.params.run),
      head,
      plan,
      endOrdinal(plan),
      revealOf(call, head.startedBy.id),
    );
    if (output === null) throw new Problem('NOT_FOUND', 'The run has no output (yet).');
    return { status: 200, json: output };
  }),
  handle(routes.getStepOutput, async (call, services) => {
    const { head, plan } = await existing(services, call.caller, call.params.run);
    const step = plan.steps.find(({ id }) => id === call.params.step);
    if (!step) throw new Problem('NOT_FOUND', `There is no step ${call.params.step}.`);
    const output = await readOutput(
      services.deps,
      scopeOf(call.caller, call.params.run),
      head,
      plan,
      step.ordinal,
      revealOf(call, head.startedBy.id),
    );
    if (output === null) throw new Problem('NOT_FOUND', 'The step has no output (yet).');
    return { status: 200, json: output };
  }),
  handle(routes.getRunEvents, async ({ caller, params, query }, services) => {
    await existing(services, caller, params.run);
    return {
      status: 200,
      json: { items: await services.deps.runs.readAudit(scopeOf(caller, params.run), query.from, query.limit) },
    };
  }),
  ...controls.map(([route, kind]) =>
    handle(route, ({ caller, params, body }, services) =>
      control({ caller, run: params.run, reason: body.reason }, services, { kind }),
    ),
  ),
  handle(routes.retryStep, ({ caller, params, body }, services) =>
    control({ caller, run: params.run, reason: body.reason }, services, { kind: 'retry-step', step: params.step }),
  ),
  handle(routes.listEffects, async ({ caller, params }, services) => {
    await existing(services, caller, params.run);
    return { status: 200, json: { items: await listEffects(services.deps, scopeOf(caller, params.run)) } };
  }),
  handle(routes.resolveEffect, async ({ caller, params, body }, services) => {
    await existing(services, caller, params.run);
    const done = await resolveEffect(services.deps, scopeOf(caller, params.run), {
      effect: params.effect,
      resolution: body.resolution,
      by: caller.id,
      reason: body.reason,
    });
    if (!done.ok)
      throw new Problem(
        done.refusal === 'NOT_FOUND' ? 'NOT_FOUND' : 'CONFLICT',
        `The effect does not allow this (${done.refusal}).`,
      );
    const { head, plan } = await existing(services, caller, params.run);
    return { status: 200, json: runView(head, plan) };
  }),
];
