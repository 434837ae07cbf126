/** Workflows, connectors, policies, business objects over HTTP: one set of handlers for all kinds. */
import { applyDocument } from '../../src/app/apply-definitions.ts';
import { validateDocumentAlone } from '../../src/app/validate-definitions.ts';
import { Problem, type FieldError } from '../../src/contract/problems.ts';
import * as routes from '../../src/contract/routes/definitions.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { identify } from '../../src/domain/workflow/validate-document.ts';
import { VersionChanged, type DefinitionKind } from '../../src/ports/definition-store.ts';
import type { Principal } from '../../src/ports/identity.ts';
import type { Services } from '../services.ts';
import { handle, type Handling } from './edge.ts';
import { activeOf, applyDeps, fieldErrors, mayWriteOf, present, published } from './publishing.ts';

/**
 * The digest that `If-Match` (RFC 9110) demands: of the tags that it lists, the one that is active now. Undefined without the
 * header. The store compares again when it writes, so of two that read the same version one is refused.
 */
async function demanded(
  services: Services,
  caller: Principal,
  kind: DefinitionKind,
  id: string,
  ifMatch: string | null,
): Promise<string | undefined> {
  if (ifMatch === null) return undefined;
  const active = await services.deps.definitions.active(caller.tenant, kind, id);
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (active === null || !(tags.includes('*') || tags.includes(`"${active.digest}"`)))
    throw new VersionChanged(kind, id);
  return active.digest;
}

/** The document has to be the one that the path names; what else is wrong with it is told together with that. */
async function fits(
  services: Services,
  caller: Principal,
  kind: DefinitionKind,
  id: string,
  document: JsonObject,
): Promise<void> {
  const { identified } = identify(document);
  const errors: FieldError[] = [];
  if (identified !== null && identified.id !== id)
    errors.push({ pointer: '/id', code: 'ID_MISMATCH', message: `the path says ${id}` });
  if (identified !== null && identified.kind !== kind)
    errors.push({
      pointer: '/kind',
      code: 'KIND_MISMATCH',
      message: `this route publishes documents of the kind ${kind}`,
    });
  if (errors.length === 0) return;
  const { problems } = await validateDocumentAlone(applyDeps(services), caller.tenant, document);
  throw new Problem('INVALID_REQUEST', 'The document is not the one that the path names.', [
    ...errors,
    ...fieldErrors(problems),
  ]);
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
      await fits(services, caller, kind, params.id, body as JsonObject);
      const deps = applyDeps(services);
      const replaces = await demanded(services, caller, kind, params.id, header('if-match'));
      published(await applyDocument(deps, caller.tenant, caller.id, body as never, mayWriteOf(may), replaces));
      const found = await activeOf(services, caller, kind, params.id);
      return { status: 200, json: present(found, true), headers: { etag: `"${found.digest}"` } };
    }),
    handle(of.remove, async ({ caller, params, header }, services) => {
      const { deps } = services;
      const expected = await demanded(services, caller, kind, params.id, header('if-match'));
      if (!(await deps.definitions.retire(caller.tenant, kind, params.id, expected)))
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

export const kindHandlers: readonly Handling[] = [
  ...handlersOf('Workflow', routes.workflows),
  ...handlersOf('Connector', routes.connectors as unknown as KindRoutes),
  ...handlersOf('Policy', routes.policies as unknown as KindRoutes),
  ...handlersOf('BusinessObject', routes.businessObjects as unknown as KindRoutes),
];
