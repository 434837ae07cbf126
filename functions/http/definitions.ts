/** Definitions over HTTP, beside the routes of each kind: apply and validate files, the schema, graphs, a connector's test. */
import { applyDefinitions } from '../../src/app/apply-definitions.ts';
import { applyOnce } from '../../src/app/apply-once.ts';
import { testConnector } from '../../src/app/test-connector.ts';
import { validateDefinitions } from '../../src/app/validate-definitions.ts';
import { rolesWith } from '../../src/contract/permissions.ts';
import { Problem } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/definitions.ts';
import { mermaid } from '../../src/domain/workflow/mermaid.ts';
import { definitionJsonSchema } from '../../src/domain/workflow/published-schema.ts';
import type { DefinitionKind } from '../../src/ports/definition-store.ts';
import type { Principal } from '../../src/ports/identity.ts';
import type { Services } from '../services.ts';
import { kindHandlers } from './definition-kinds.ts';
import { handle, replayed } from './edge.ts';
import { activeOf, applyDeps, fieldErrors, mayWriteOf, PERMISSION, published } from './publishing.ts';

async function apply(
  services: Services,
  given: Parameters<typeof applyOnce>[1],
  idempotencyKey: string | null,
): Promise<Awaited<ReturnType<typeof applyOnce>>> {
  const deps = applyDeps(services);
  if (idempotencyKey !== null) return applyOnce(deps, given, idempotencyKey);
  const { tenant, by, texts, mayWrite } = given;
  return { applied: await applyDefinitions(deps, tenant, by, texts, mayWrite), replay: false };
}

export const definitionHandlers = [
  ...kindHandlers,
  handle(routes.applyDefinitions, async (call, services) => {
    const { caller, query, body, may, idempotencyKey } = call;
    const publishing = Object.values(PERMISSION);
    if (!publishing.some(may)) {
      const roles = [...new Set(publishing.flatMap(rolesWith))];
      throw new Problem('FORBIDDEN', 'This needs a permission to publish something.', [], { roles });
    }
    if (query.dryRun === 'true') {
      const { problems, candidates } = await validateDefinitions(applyDeps(services), caller.tenant, body.texts);
      if (problems.length > 0)
        throw new Problem('INVALID_DEFINITION', `${problems.length} problem(s).`, fieldErrors(problems));
      return { status: 200, json: { results: await planned(services, caller, candidates) } };
    }
    const given = { tenant: caller.tenant, by: caller.id, texts: body.texts, mayWrite: mayWriteOf(may) };
    const { applied, replay } = await apply(services, given, idempotencyKey);
    return { status: 200, json: published(applied), headers: replayed(replay) };
  }),
  handle(routes.validateDefinitions, async ({ caller, body }, services) => {
    const { problems, warnings } = await validateDefinitions(applyDeps(services), caller.tenant, body.texts);
    return { status: 200, json: { problems: fieldErrors(problems), warnings } };
  }),
  handle(routes.definitionSchema, async () => ({
    status: 200,
    json: definitionJsonSchema(),
    headers: { 'cache-control': 'max-age=300' },
  })),
  handle(routes.workflowGraph, async ({ caller, params, query }, services) => {
    const version = query.version ?? (await activeOf(services, caller, 'Workflow', params.id)).version;
    if ((await services.deps.definitions.version(caller.tenant, 'Workflow', params.id, version)) === null)
      throw new Problem('NOT_FOUND', `There is no version ${version} of ${params.id}.`);
    const plan = await services.deps.plans.get(caller.tenant, params.id, version);
    return { status: 200, text: mermaid(plan), headers: { 'content-type': 'text/vnd.mermaid; charset=utf-8' } };
  }),
  handle(routes.testConnector, async ({ caller, params }, services) => {
    await activeOf(services, caller, 'Connector', params.id);
    return { status: 200, json: await testConnector(services.deps, caller.tenant, params.id) };
  }),
];

/** What an apply would do to each document, without doing it. */
async function planned(
  services: Services,
  caller: Principal,
  candidates: readonly { readonly kind: DefinitionKind; readonly id: string; readonly digest: string }[],
) {
  return Promise.all(
    candidates.map(async ({ kind, id, digest }) => {
      const active = await services.deps.definitions.active(caller.tenant, kind, id);
      if (active === null) return { kind, id, version: 1, outcome: 'created' };
      return active.digest === digest
        ? { kind, id, version: active.version, outcome: 'unchanged' }
        : { kind, id, version: active.version + 1, outcome: 'updated' };
    }),
  );
}
