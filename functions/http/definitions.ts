/** Everything that people write, over HTTP: one set of handlers for all kinds. */
import { applyDefinitions, applyDocument, type Applied, type MayWrite } from '../../src/app/apply-definitions.ts';
import { validateDefinitions } from '../../src/app/validate-definitions.ts';
import type { Permission } from '../../src/contract/permissions.ts';
import { Problem, type FieldError } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/definitions.ts';
import { mermaid } from '../../src/domain/workflow/mermaid.ts';
import type { Problem as DefinitionProblem } from '../../src/domain/workflow/problems.ts';
import { definitionJsonSchema } from '../../src/domain/workflow/published-schema.ts';
import type { DefinitionKind, DefinitionVersion } from '../../src/ports/definition-store.ts';
import type { Principal } from '../../src/ports/identity.ts';
import type { Services } from '../services.ts';
import { handle, type Call } from './edge.ts';

const PERMISSION: Readonly<Record<DefinitionKind | 'ConnectorGovernance', Permission>> = {
  Workflow: 'workflows.publish',
  BusinessObject: 'business-objects.publish',
  Connector: 'connectors.publish',
  ConnectorGovernance: 'policies.publish',
  Policy: 'policies.publish',
  Directory: 'directory.publish',
};
const mayWriteOf =
  (may: (permission: Permission) => boolean): MayWrite =>
  (what) =>
    may(PERMISSION[what]);

const applyDeps = ({ deps, checkConnector }: Services) => ({ ...deps, checkConnector });

function fieldErrors(problems: readonly DefinitionProblem[]): FieldError[] {
  return problems.map(({ code, pointer, message, suggestion, line, column, document }) => ({
    pointer: document ? `${document}: ${pointer}` : pointer,
    code,
    message,
    ...(suggestion ? { suggestion } : {}),
    ...(line === null ? {} : { line }),
    ...(column === null ? {} : { column }),
  }));
}

function published(applied: Applied): { readonly results: unknown; readonly warnings: readonly string[] } {
  if (applied.ok) return { results: applied.results, warnings: applied.warnings };
  const forbidden = applied.problems.every(({ code }) => code === 'NOT_ALLOWED');
  throw new Problem(
    forbidden ? 'FORBIDDEN' : 'INVALID_DEFINITION',
    `${applied.problems.length} problem(s); nothing was written.`,
    fieldErrors(applied.problems),
  );
}

function present(version: DefinitionVersion, withDocument: boolean) {
  const { document, ...rest } = version;
  return withDocument ? { ...rest, document } : rest;
}

async function activeOf(
  services: Services,
  caller: Principal,
  kind: DefinitionKind,
  id: string,
): Promise<DefinitionVersion> {
  const found = await services.deps.definitions.active(caller.tenant, kind, id);
  if (found === null) throw new Problem('NOT_FOUND', `There is no ${kind} ${id}.`);
  return found;
}

/** `If-Match` holds the digest that the caller has read; `*` any that exists. */
async function precondition(
  services: Services,
  caller: Principal,
  kind: DefinitionKind,
  id: string,
  ifMatch: string | null,
): Promise<void> {
  if (ifMatch === null) return;
  const active = await services.deps.definitions.active(caller.tenant, kind, id);
  if (active === null || (ifMatch !== '*' && ifMatch !== `"${active.digest}"`))
    throw new Problem('PRECONDITION_FAILED', `${kind} ${id} is not the version that you read.`);
}

type KindRoutes = typeof routes.workflows;

function handlersOf(kind: DefinitionKind, of: KindRoutes) {
  return [
    handle(of.list, async ({ caller, query }, { deps }) => {
      const page = await deps.definitions.list(caller.tenant, kind, query.limit, query.cursor ?? null);
      return { status: 200, json: { items: page.items.map((item) => present(item, false)), cursor: page.cursor } };
    }),
    handle(of.get, async ({ caller, params }, services) => {
      const found = await activeOf(services, caller, kind, params.id);
      return { status: 200, json: present(found, true), headers: { etag: `"${found.digest}"` } };
    }),
    handle(of.put, async ({ caller, params, body, may, header }, services) => {
      if (body.id !== params.id)
        throw new Problem('INVALID_REQUEST', 'The id in the body is not the one in the path.', [
          { pointer: '/id', code: 'ID_MISMATCH', message: `expected ${params.id}` },
        ]);
      if ((body.kind ?? 'Workflow') !== kind)
        throw new Problem('INVALID_REQUEST', 'The kind of the document is not the one of this route.', [
          { pointer: '/kind', code: 'KIND_MISMATCH', message: `expected ${kind}` },
        ]);
      await precondition(services, caller, kind, params.id, header('if-match'));
      published(await applyDocument(applyDeps(services), caller.tenant, caller.id, body as never, mayWriteOf(may)));
      const found = await activeOf(services, caller, kind, params.id);
      return { status: 200, json: present(found, true), headers: { etag: `"${found.digest}"` } };
    }),
    handle(of.remove, async ({ caller, params, header }, services) => {
      await precondition(services, caller, kind, params.id, header('if-match'));
      const { deps } = services;
      if (!(await deps.definitions.retire(caller.tenant, kind, params.id)))
        throw new Problem('NOT_FOUND', `There is no ${kind} ${params.id}.`);
      await deps.tenantLog.append(caller.tenant, {
        at: deps.clock.now(),
        by: caller.id,
        type: 'definition.retired',
        facts: { kind, id: params.id },
      });
      return { status: 204 };
    }),
    handle(of.versions, async ({ caller, params, query }, { deps }) => {
      const page = await deps.definitions.versions(caller.tenant, kind, params.id, query.limit, query.cursor ?? null);
      if (page.items.length === 0) throw new Problem('NOT_FOUND', `There is no ${kind} ${params.id}.`);
      return { status: 200, json: { items: page.items.map((item) => present(item, false)), cursor: page.cursor } };
    }),
    handle(of.version, async ({ caller, params }, { deps }) => {
      const found = await deps.definitions.version(caller.tenant, kind, params.id, params.version);
      if (found === null)
        throw new Problem('NOT_FOUND', `There is no version ${params.version} of ${kind} ${params.id}.`);
      return { status: 200, json: present(found, true) };
    }),
  ];
}

async function validated(
  { caller }: Pick<Call<typeof routes.validateDefinitions>, 'caller'>,
  services: Services,
  texts: readonly string[],
) {
  return validateDefinitions(applyDeps(services), caller.tenant, texts);
}

export const definitionHandlers = [
  ...handlersOf('Workflow', routes.workflows),
  ...handlersOf('Connector', routes.connectors as unknown as KindRoutes),
  ...handlersOf('Policy', routes.policies as unknown as KindRoutes),
  ...handlersOf('BusinessObject', routes.businessObjects as unknown as KindRoutes),
  handle(routes.applyDefinitions, async (call, services) => {
    const { caller, query, body, may } = call;
    if (!Object.values(PERMISSION).some(may))
      throw new Problem('FORBIDDEN', 'This needs a permission to publish something.');
    if (query.dryRun === 'true') {
      const { problems, candidates } = await validated(call, services, body.texts);
      if (problems.length > 0)
        throw new Problem('INVALID_DEFINITION', `${problems.length} problem(s).`, fieldErrors(problems));
      return { status: 200, json: { results: await planned(services, caller, candidates) } };
    }
    const applied = await applyDefinitions(applyDeps(services), caller.tenant, caller.id, body.texts, mayWriteOf(may));
    return { status: 200, json: published(applied) };
  }),
  handle(routes.validateDefinitions, async (call, services) => {
    const { problems, warnings } = await validated(call, services, call.body.texts);
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
    const resolved = await services.deps.adapters.resolve(caller.tenant, params.id);
    const context = resolved.context(AbortSignal.timeout(20_000), () => undefined);
    return { status: 200, json: await resolved.adapter.test(context) };
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
