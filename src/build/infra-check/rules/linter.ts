/** The compiler's linter rules that need no more than syntax, by their names; `bicepconfig.json` raises the same ones. */
import type { Report } from '../finding.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, children, find, literalOf, namesIn, walkAll } from '../syntax/walk.ts';

const hosts =
  /\b(api\.loganalytics\.io|azuredatalakestore\.net|batch\.core\.windows\.net|core\.windows\.net|database\.windows\.net|datalake\.azure\.net|gallery\.azure\.com|graph\.windows\.net|login\.microsoftonline\.com|(?<!schema\.)management\.azure\.com|trafficmanager\.net|vault\.azure\.net)\b/i;

export function checkStyle(source: Source, report: Report): void {
  walkAll(source.declarations, (expr) => {
    if (expr.node === 'string') strings(expr, report);
    if (expr.node === 'call' && expr.callee.node === 'name') calls(expr, report);
    if (expr.node === 'object')
      for (const prop of expr.props)
        if (prop.quoted && prop.key !== null && /^[A-Za-z_]\w*$/.test(prop.key))
          report(prop.at, 'prefer-unquoted-property-names', `"${prop.key}" needs no quotes`);
  });
  for (const declaration of source.declarations) {
    if (declaration.kind === 'resource' || declaration.kind === 'module') deployable(source, declaration, report);
    if (declaration.kind === 'resource' && !declaration.resourceType.startsWith('Microsoft.Graph/'))
      ids(source, declaration, report);
  }
}

const idCalls = new Set([
  'extensionResourceId',
  'guid',
  'reference',
  'resourceId',
  'subscription',
  'subscriptionResourceId',
  'tenantResourceId',
]);
const notIds = new Set([
  'appid',
  'clientid',
  'groupid',
  'keyid',
  'metadata',
  'objectid',
  'principalid',
  'resource',
  'subscriptionid',
  'tags',
  'tenantid',
]);

/** `use-resource-id-functions`: a property that holds an id takes it from a resource, a parameter or a function for ids. */
function ids(source: Source, declaration: Declaration & { kind: 'resource' }, report: Report): void {
  const visit = (expr: Expr): void => {
    if (expr.node !== 'object') return children(expr).forEach(visit);
    for (const prop of expr.props) {
      const key = prop.key?.toLowerCase() ?? '';
      if (notIds.has(key)) continue;
      if (!key.endsWith('id') || key.endsWith('uid') || prop.value.node === 'object') visit(prop.value);
      else if (!isId(source, prop.value))
        report(
          prop.at,
          'use-resource-id-functions',
          `"${prop.key}" takes its id from a resource, a parameter or resourceId()`,
        );
    }
  };
  const properties = find(bodyOf(declaration.value), 'properties');
  if (properties) visit(properties);
}

function isId(source: Source, expr: Expr): boolean {
  const kind = (name: string): string => source.declarations.find((one) => one.name === name)?.kind ?? 'local';
  if ([...namesIn(expr)].some((name) => ['resource', 'module'].includes(kind(name)))) return true;
  if (expr.node === 'ternary') return true;
  if (expr.node === 'group') return isId(source, expr.of);
  if (expr.node === 'call') return expr.callee.node === 'name' && idCalls.has(expr.callee.name);
  if (expr.node === 'member' || expr.node === 'index') return isId(source, expr.of);
  if (expr.node === 'string') return literalOf(expr)?.includes('/') === false;
  if (expr.node !== 'name') return false;
  const variable = source.declarations.find((one) => one.name === expr.name);
  return variable?.kind === 'var' ? isId(source, variable.value) : variable?.kind === 'param';
}

function strings(expr: Extract<Expr, { node: 'string' }>, report: Report): void {
  const plain = expr.parts.filter((part): part is string => typeof part === 'string').join('\u0000');
  const host = hosts.exec(plain);
  if (host) report(expr.at, 'no-hardcoded-env-urls', `"${host[1]}" belongs to one cloud; use environment()`);
  if (/\$\w|\$$/.test(plain)) report(expr.at, 'infra-interpolation', 'a dollar sign without braces puts no value in');
  if (expr.parts.length === 1 && typeof expr.parts[0] !== 'string')
    report(expr.at, 'simplify-interpolation', 'a string of one interpolation is that value');
}

function calls(expr: Extract<Expr, { node: 'call' }>, report: Report): void {
  const name = expr.callee.node === 'name' ? expr.callee.name : '';
  const isText = (arg: Expr): boolean => arg.node === 'string';
  if (name === 'concat' && expr.args.some(isText))
    report(expr.at, 'prefer-interpolation', 'strings are joined by interpolation');
  if (name === 'json' && literalOf(expr.args[0] ?? null) === 'null')
    report(expr.at, 'simplify-json-null', "json('null') is null");
}

function deployable(source: Source, declaration: Declaration & { kind: 'resource' | 'module' }, report: Report): void {
  const body = bodyOf(declaration.value);
  const location = declaration.kind === 'module' ? find(body, 'params', 'location') : find(body, 'location');
  const fixed = literalOf(location);
  if (location && fixed !== null && fixed !== 'global')
    report(location.at, 'no-hardcoded-location', 'a location is a parameter');
  if (location && [...namesIn(location)].includes('resourceGroup'))
    report(
      location.at,
      'no-loc-expr-outside-params',
      'the location of the group is the default of a parameter, or nothing',
    );
  const name = find(body, 'name');
  if (name && ['newGuid', 'utcNow'].some((unstable) => namesIn(name).has(unstable)))
    report(name.at, 'use-stable-resource-identifiers', 'a name that changes makes a new resource at every deployment');
  const text = literalOf(name);
  if (declaration.kind === 'resource' && text?.includes('/'))
    report(name?.at ?? declaration.at, 'use-parent-property', 'a child resource names its parent');
  const dependsOn = find(body, 'dependsOn');
  if (dependsOn?.node !== 'array' || !body) return;
  const others = body.props.filter((prop) => prop.key !== 'dependsOn').map((prop) => namesIn(prop.value));
  for (const item of dependsOn.items) {
    if (item.node !== 'name') continue;
    const target = source.declarations.find((one) => one.name === item.name);
    if (target?.kind !== 'resource' && target?.kind !== 'module')
      report(item.at, 'BCP034', `"${item.name}" is neither a resource nor a module`);
    // Nothing waits for what exists already, so the compiler has nothing to say.
    if (target?.kind === 'resource' && target.existing) continue;
    if (others.some((names) => reached(source, names).has(item.name)))
      report(item.at, 'no-unnecessary-dependson', `"${item.name}" is waited for already, because it is mentioned`);
  }
}

/** Everything that is waited for because it is mentioned, directly or through what is mentioned. */
function reached(source: Source, names: ReadonlySet<string>, seen = new Set<string>()): Set<string> {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const one = source.declarations.find((declaration) => declaration.name === name);
    if (one?.kind === 'var') reached(source, namesIn(one.value), seen);
    const body = one?.kind === 'resource' || one?.kind === 'module' ? bodyOf(one.value) : null;
    for (const prop of body?.props ?? []) if (prop.key !== 'dependsOn') reached(source, namesIn(prop.value), seen);
  }
  return seen;
}
