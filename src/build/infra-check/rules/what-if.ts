/**
 * `what-if` must be able to foresee every deployment: no value that exists only at run time (a module output, a property of
 * a resource) may decide a name, a scope or a condition, here or in the module that it is handed to.
 */
import type { Report } from '../finding.ts';
import type { Project } from '../project.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, namesIn, walk } from '../syntax/walk.ts';

export function checkWhatIf(project: Project, source: Source, report: Report): void {
  for (const declaration of source.declarations) {
    if (declaration.kind !== 'module') continue;
    const file = project.source(project.near(source, declaration.path));
    const params = find(bodyOf(declaration.value), 'params');
    if (!file || params?.node !== 'object') continue;
    const deciding = decidingParams(file);
    for (const prop of params.props)
      if (prop.key !== null && deciding.has(prop.key) && isRuntime(source, prop.value))
        report(
          prop.at,
          'what-if-short-circuiting',
          `"${prop.key}" decides a name or a condition in ${declaration.path} and is known at run time only`,
        );
  }
  for (const declaration of source.declarations) {
    if (declaration.kind !== 'resource' && declaration.kind !== 'module') continue;
    for (const expr of decidingExpressions(declaration))
      if (isRuntime(source, expr))
        report(
          expr.at,
          'BCP120',
          `what decides "${declaration.name}" (a name, a place, a condition, a loop) is known at run time only`,
        );
  }
}

/** What must be known at the start: properties of a declaration; and those of others that are. */
const early = {
  input: ['name', 'location', 'kind', 'zones', 'plan'],
  output: new Set(['id', 'name', 'type', 'apiVersion']),
};

function decidingExpressions(declaration: Declaration & { kind: 'resource' | 'module' }): Expr[] {
  const found: Expr[] = [];
  let value = declaration.value;
  while (value.node === 'for' || value.node === 'if') {
    found.push(value.node === 'for' ? value.list : value.test);
    value = value.body;
  }
  return [...found, ...early.input.map((key) => find(value, key)).filter((one) => one !== null)];
}

function decidingParams(file: Source): Set<string> {
  const found = new Set<string>();
  for (const declaration of file.declarations) {
    if (declaration.kind !== 'resource' && declaration.kind !== 'module') continue;
    for (const expr of decidingExpressions(declaration)) for (const name of reachedNames(file, expr)) found.add(name);
  }
  return found;
}

/** Names in an expression, and those behind its variables. */
function reachedNames(file: Source, expr: Expr, seen = new Set<string>()): Set<string> {
  for (const name of namesIn(expr)) {
    if (seen.has(name)) continue;
    seen.add(name);
    const variable = file.declarations.find((one) => one.kind === 'var' && one.name === name);
    if (variable?.kind === 'var') reachedNames(file, variable.value, seen);
  }
  return seen;
}

function isRuntime(source: Source, expr: Expr, seen = new Set<string>()): boolean {
  let found = false;
  walk(expr, (inner) => {
    if (inner.node === 'name' && !seen.has(inner.name)) {
      seen.add(inner.name);
      const variable = source.declarations.find((one) => one.kind === 'var' && one.name === inner.name);
      if (variable?.kind === 'var' && isRuntime(source, variable.value, seen)) found = true;
    }
    if (inner.node !== 'member') return;
    let root: Expr = inner.of;
    if (root.node === 'index') root = root.of;
    if (root.node !== 'name' || early.output.has(inner.name)) return;
    const { name } = root;
    if (source.declarations.some((one) => one.name === name && (one.kind === 'resource' || one.kind === 'module')))
      found = true;
  });
  return found;
}
