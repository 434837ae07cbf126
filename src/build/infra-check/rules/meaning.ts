/**
 * Names, types and shapes: every name resolves, every declaration is used, every resource fits its published shape, every
 * module call fits the module's parameters, every parameter file fits its template. The compiler's own checks, by its codes.
 */
import type { Report } from '../finding.ts';
import { withMembers } from '../project.ts';
import type { Project } from '../project.ts';
import type { Declaration, Expr, Source, TypeExpr } from '../syntax/ast.ts';
import { bodyOf, find } from '../syntax/walk.ts';
import { assign } from '../types/assign.ts';
import { infer } from '../types/infer.ts';
import type { Context } from '../types/infer.ts';
import { any, anyArray, text } from '../types/type.ts';
import type { Type } from '../types/type.ts';

const builtin = new Set(['string', 'int', 'bool', 'array', 'object', 'secureString', 'secureObject']);
const scopeBits: Record<string, number> = { tenant: 1, managementGroup: 2, subscription: 4, resourceGroup: 8 };

export function checkMeaning(project: Project, source: Source, report: Report): void {
  const used = new Set<string>();
  const place = source.parameters ? 'parameters' : 'template';
  const context = project.context(source, { report, place, used });
  duplicates(source, report);
  imports(project, source, report);
  for (const declaration of source.declarations) {
    const here = declaration.kind === 'param' ? { ...context, place: 'default' as const } : context;
    if (declaration.kind === 'param' || declaration.kind === 'type' || declaration.kind === 'output')
      typeNames(project, source, declaration.type, report, used);
    if (declaration.kind !== 'type' && declaration.value) infer(declaration.value, here);
    const quiet = (expr: Expr): Type => infer(expr, { ...here, report: () => undefined });
    if (declaration.kind === 'param' && declaration.value)
      assign(
        declaration.value,
        project.typeOf(source, declaration.type, declaration.decorators),
        quiet,
        report,
        `"${declaration.name}"`,
      );
    if (declaration.kind === 'output')
      assign(
        declaration.value,
        project.typeOf(source, declaration.type),
        quiet,
        report,
        `the output "${declaration.name}"`,
      );
    if (declaration.kind === 'resource') resource(project, source, declaration, context, report);
    if (declaration.kind === 'module') moduleCall(project, source, declaration, context, report);
  }
  if (source.parameters) parameterFile(project, source, context, report);
  else unused(source, used, report);
}

function duplicates(source: Source, report: Report): void {
  const seen = new Set<string>();
  for (const one of [...source.imports, ...source.declarations]) {
    const apart = 'kind' in one && (one.kind === 'output' || one.kind === 'metadata');
    const key = apart ? `${one.kind} ${one.name}` : one.name;
    if (seen.has(key)) report(one.at, 'BCP028', `"${one.name}" is declared twice`);
    seen.add(key);
  }
}

function imports(project: Project, source: Source, report: Report): void {
  for (const one of source.imports) {
    const from = project.source(project.near(source, one.from));
    const target = from?.declarations.find((declaration) => declaration.name === one.name);
    if (!from) report(one.at, 'BCP091', `there is no file "${one.from}"`);
    else if (from.faults.length === 0 && !target?.decorators.some((decorator) => decorator.name === 'export'))
      report(one.at, 'BCP360', `"${one.from}" does not export "${one.name}"`);
  }
}

function typeNames(project: Project, source: Source, type: TypeExpr, report: Report, used: Set<string>): void {
  if (type.type === 'name') {
    used.add(type.name);
    if (!builtin.has(type.name) && !project.symbol(source, type.name))
      report(type.at, 'BCP302', `there is no type "${type.name}"`);
  } else if (type.type === 'array' || type.type === 'nullable') typeNames(project, source, type.of, report, used);
  else if (type.type === 'union') for (const one of type.of) typeNames(project, source, one, report, used);
  else if (type.type === 'object') for (const one of type.members) typeNames(project, source, one.of, report, used);
}

function unused(source: Source, used: ReadonlySet<string>, report: Report): void {
  for (const one of source.imports)
    if (!used.has(one.name)) report(one.at, 'no-unused-imports', `"${one.name}" is imported but never used`);
  for (const one of source.declarations) {
    if (used.has(one.name) || one.decorators.some((decorator) => decorator.name === 'export')) continue;
    if (one.kind === 'param') report(one.at, 'no-unused-params', `the parameter "${one.name}" is never used`);
    if (one.kind === 'var') report(one.at, 'no-unused-vars', `the variable "${one.name}" is never used`);
    if (one.kind === 'type') report(one.at, 'no-unused-types', `the type "${one.name}" is never used`);
    if (one.kind === 'resource' && one.existing)
      report(one.at, 'no-unused-existing-resources', `the existing resource "${one.name}" is never used`);
  }
}

function resource(
  project: Project,
  source: Source,
  declaration: Declaration & { kind: 'resource' },
  context: Context,
  report: Report,
): void {
  const { catalog } = project;
  if (!catalog) return;
  const shape = catalog.find(declaration.resourceType);
  if (!shape)
    return report(
      declaration.at,
      'BCP081',
      `the type "${declaration.resourceType}" is not among the published types that the infrastructure may use`,
    );
  const body = bodyOf(declaration.value);
  if (!body) return;
  const bit = scopeBits[source.targetScope] ?? 0;
  if ((shape.scopes & bit) === 0 && !find(body, 'scope'))
    report(
      declaration.at,
      'BCP135',
      `"${declaration.resourceType}" cannot be deployed at the scope ${source.targetScope}`,
    );
  const quiet = (expr: Expr): Type =>
    infer(expr, { ...loopScope(declaration.value, context), report: () => undefined });
  const depth = (declaration.resourceType.split('@')[0] ?? '').split('/').length;
  if (depth > 2 && !find(body, 'parent')) report(body.at, 'use-parent-property', 'a child resource names its parent');
  assign(body, target(shape.body, declaration.existing), quiet, report, `"${declaration.resourceType}"`);
}

const added: Record<string, Type> = { parent: any, scope: any, dependsOn: anyArray };

function target(body: Type, existing: boolean): Type {
  if (existing)
    return {
      kind: 'object',
      members: () =>
        new Map(
          ['name', 'parent', 'scope', 'appId', 'uniqueName'].map((key) => [
            key,
            {
              type: any,
              required: key === 'name' && body.kind === 'object' && body.members().has(key),
              readOnly: false,
            },
          ]),
        ),
      rest: null,
    };
  if (body.kind === 'choice')
    return {
      ...body,
      variants: () => new Map([...body.variants()].map(([key, variant]) => [key, target(variant, false)])),
    };
  return body.kind === 'object' ? withMembers(body, added) : body;
}

/** Inside a loop the item has the type of the list's items. */
function loopScope(value: Expr, context: Context): Context {
  if (value.node !== 'for') return context;
  const list = infer(value.list, { ...context, report: () => undefined });
  const item = list.kind === 'array' ? list.item : any;
  return {
    ...context,
    lookup: (name) => (name === value.item ? item : name === value.index ? { kind: 'int' } : context.lookup(name)),
  };
}

function moduleCall(
  project: Project,
  source: Source,
  declaration: Declaration & { kind: 'module' },
  context: Context,
  report: Report,
): void {
  const file = project.source(project.near(source, declaration.path));
  if (!file) return report(declaration.at, 'BCP091', `there is no module "${declaration.path}"`);
  if (file.faults.length > 0) return;
  const body = bodyOf(declaration.value);
  if (!body) return;
  const quiet = (expr: Expr): Type =>
    infer(expr, { ...loopScope(declaration.value, context), report: () => undefined });
  const shape: Type = {
    kind: 'object',
    members: () =>
      new Map([
        ['name', { type: text, required: true, readOnly: false }],
        ['scope', { type: any, required: false, readOnly: false }],
        ['dependsOn', { type: anyArray, required: false, readOnly: false }],
        [
          'params',
          {
            type: paramsOf(project, file),
            required: file.declarations.some((one) => one.kind === 'param' && !one.value),
            readOnly: false,
          },
        ],
      ]),
    rest: null,
  };
  assign(body, shape, quiet, report, `the call of "${declaration.path}"`);
  if (file.targetScope !== source.targetScope && !find(body, 'scope'))
    report(body.at, 'BCP134', `"${declaration.path}" is for the scope ${file.targetScope}; name one`);
}

function paramsOf(project: Project, file: Source): Type {
  const params = file.declarations.filter((one) => one.kind === 'param');
  const members = new Map(
    params.map((one) => [
      one.name,
      { type: project.typeOf(file, one.type, one.decorators), required: one.value === null, readOnly: false },
    ]),
  );
  return { kind: 'object', members: () => members, rest: null };
}

function parameterFile(project: Project, source: Source, context: Context, report: Report): void {
  const template = source.using === null ? null : project.source(project.near(source, source.using));
  const top = { line: 1, column: 1 };
  if (!template) return report(top, 'BCP091', `there is no template "${source.using ?? ''}"`);
  if (template.faults.length > 0) return;
  const quiet = (expr: Expr): Type => infer(expr, { ...context, report: () => undefined });
  for (const declaration of template.declarations) {
    if (declaration.kind !== 'param') continue;
    const given = source.declarations.find((one) => one.name === declaration.name);
    if (!given && !declaration.value)
      report(top, 'BCP258', `the parameter "${declaration.name}" of the template has no value`);
    if (given?.kind === 'var')
      assign(
        given.value,
        project.typeOf(template, declaration.type, declaration.decorators),
        quiet,
        report,
        `"${declaration.name}"`,
      );
  }
  for (const one of source.declarations)
    if (!template.declarations.some((declaration) => declaration.kind === 'param' && declaration.name === one.name))
      report(one.at, 'BCP259', `the template has no parameter "${one.name}"`);
}
