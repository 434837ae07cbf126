/**
 * Roles: every assignment names a role of roles.bicep, every id there has the form of one, no id stands anywhere else, the
 * identity of code actions gets its own storage and nothing more, and append-only containers stay append-only.
 */
import type { Report } from '../finding.ts';
import type { Project } from '../project.ts';
import type { Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, walkAll } from '../syntax/walk.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const rolesFile = 'modules/roles.bicep';

export function roleNames(project: Project): ReadonlySet<string> {
  const table = project.source(rolesFile)?.declarations.find((one) => one.name === 'roleIds');
  const value = table?.kind === 'var' ? table.value : null;
  return new Set(value?.node === 'object' ? value.props.map((prop) => prop.key ?? '') : []);
}

export function checkRoles(project: Project, source: Source, report: Report): void {
  const known = roleNames(project);
  const used = (expr: Expr | null): void => {
    const role = literalOf(expr);
    if (role !== null && !known.has(role))
      report(expr?.at ?? { line: 1, column: 1 }, 'infra-role', `there is no role "${role}" in ${rolesFile}`);
  };
  if (source.path === rolesFile) checkIds(source, report);
  walkAll(source.declarations, (expr, declaration) => {
    if (expr.node === 'index' && expr.of.node === 'name' && expr.of.name === 'roleIds') used(expr.index);
    if (expr.node === 'object' && find(expr, 'role') && find(expr, 'identity')) {
      used(find(expr, 'role'));
      if (literalOf(find(expr, 'identity')) === 'code' && declaration.name !== 'codeStorage')
        report(expr.at, 'infra-code-role', 'the identity of code actions has a role on its own storage only');
    }
    if (expr.node === 'member' && expr.name === 'code' && expr.of.node === 'name' && expr.of.name === 'principalIds')
      report(expr.at, 'infra-code-role', 'the identity of code actions has a role on its own storage only');
    if (
      expr.node === 'string' &&
      source.path !== rolesFile &&
      declaration.kind === 'resource' &&
      guid.test(literalOf(expr) ?? '')
    )
      report(expr.at, 'infra-role', `role ids stand in ${rolesFile} only`);
  });
  for (const declaration of source.declarations) {
    if (
      declaration.kind !== 'resource' ||
      !declaration.resourceType.startsWith('Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@')
    )
      continue;
    if (!/append/i.test(declaration.name)) continue;
    const permissions = find(bodyOf(declaration.value), 'properties', 'permissions');
    if (!permissions) continue;
    walkAll([{ ...declaration, value: permissions }], (expr) => {
      const text = expr.node === 'string' ? expr.parts.filter((part) => typeof part === 'string').join('') : '';
      if (/\/(\*|replace|upsert|delete)$/.test(text))
        report(expr.at, 'infra-append-only', 'append-only containers allow create and read only');
    });
  }
}

function checkIds(source: Source, report: Report): void {
  const seen = new Set<string>();
  walkAll(source.declarations, (expr) => {
    if (expr.node !== 'object') return;
    for (const prop of expr.props) {
      const id = literalOf(prop.value) ?? '';
      if (!guid.test(id)) report(prop.at, 'infra-role', `"${prop.key}" has no role id`);
      if (seen.has(id)) report(prop.at, 'infra-role', `"${prop.key}" has the id of another role`);
      seen.add(id);
    }
  });
}
