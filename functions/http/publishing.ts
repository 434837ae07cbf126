/** What all routes of definitions share: who may write which kind, problems as field errors, versions as answers. */
import type { Applied, MayWrite } from '../../src/app/apply-definitions.ts';
import type { Permission } from '../../src/contract/permissions.ts';
import { Problem, type FieldError } from '../../src/contract/problems.ts';
import type { Problem as DefinitionProblem } from '../../src/domain/workflow/problems.ts';
import type { DefinitionKind, DefinitionVersion } from '../../src/ports/definition-store.ts';
import type { Principal } from '../../src/ports/identity.ts';
import type { Services } from '../services.ts';

export const PERMISSION: Readonly<Record<DefinitionKind | 'ConnectorGovernance', Permission>> = {
  Workflow: 'workflows.publish',
  BusinessObject: 'business-objects.publish',
  Connector: 'connectors.publish',
  ConnectorGovernance: 'policies.publish',
  Policy: 'policies.publish',
  Directory: 'directory.publish',
};
export const mayWriteOf =
  (may: (permission: Permission) => boolean): MayWrite =>
  (what) =>
    may(PERMISSION[what]);

export const applyDeps = ({ deps, checkConnector }: Services) => ({ ...deps, checkConnector });

export function fieldErrors(problems: readonly DefinitionProblem[]): FieldError[] {
  return problems.map(({ code, pointer, message, ...rest }) => {
    const known = Object.entries(rest).filter(([, value]) => value !== null);
    return { pointer, code, message, ...Object.fromEntries(known) };
  });
}

export function published(applied: Applied): { readonly results: unknown; readonly warnings: readonly string[] } {
  if (applied.ok) return { results: applied.results, warnings: applied.warnings };
  const forbidden = applied.problems.every(({ code }) => code === 'NOT_ALLOWED');
  throw new Problem(
    forbidden ? 'FORBIDDEN' : 'INVALID_DEFINITION',
    `${applied.problems.length} problem(s); nothing was written.`,
    fieldErrors(applied.problems),
  );
}

export function present(version: DefinitionVersion, withDocument: boolean) {
  const { document, ...rest } = version;
  return withDocument ? { ...rest, document } : rest;
}

export async function activeOf(
  services: Services,
  caller: Principal,
  kind: DefinitionKind,
  id: string,
): Promise<DefinitionVersion> {
  const found = await services.deps.definitions.active(caller.tenant, kind, id);
  if (found === null) throw new Problem('NOT_FOUND', `There is no ${kind} ${id}.`);
  return found;
}
