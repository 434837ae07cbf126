/**
 * What Azure Resource Manager refuses although every name and type is right: two deployments of one name, a circle of
 * dependencies, a child under the wrong parent, a decorator that does not exist.
 */
import type { Report } from '../finding.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, namesIn } from '../syntax/walk.ts';

const decorators = new Set([
  'allowed',
  'batchSize',
  'description',
  'discriminator',
  'export',
  'maxLength',
  'maxValue',
  'metadata',
  'minLength',
  'minValue',
  'sealed',
  'secure',
]);

type Deployable = Declaration & { kind: 'resource' | 'module' };

export function checkDeployment(source: Source, report: Report): void {
  const deployables = source.declarations.filter(
    (one): one is Deployable => one.kind === 'resource' || one.kind === 'module',
  );
  for (const one of source.declarations)
    for (const decorator of one.decorators)
      if (!decorators.has(decorator.name)) report(one.at, 'BCP057', `there is no decorator "${decorator.name}"`);
  const graph = deployables.find((one) => one.kind === 'resource' && one.resourceType.startsWith('Microsoft.Graph/'));
  if (graph && !source.extensions.includes('microsoftGraphV1'))
    report(graph.at, 'BCP407', 'Graph resources need `extension microsoftGraphV1`');
  sameNames(deployables, report);
  for (const one of deployables) if (one.kind === 'resource') parent(source, one, report);
  circles(source, report);
}

function sameNames(deployables: readonly Deployable[], report: Report): void {
  const seen = new Set<string>();
  for (const one of deployables) {
    if (one.kind === 'resource' && one.existing) continue;
    const body = bodyOf(one.value);
    const name = literalOf(find(body, 'name'));
    if (name === null) continue;
    const place = (key: string): string => [...namesIn(find(body, key) ?? { node: 'null', at: one.at })].join();
    const key =
      one.kind === 'module' ? `module ${name}` : `${one.resourceType} ${place('parent')} ${place('scope')} ${name}`;
    if (seen.has(key)) report(one.at, one.kind === 'module' ? 'BCP122' : 'BCP121', `"${name}" is deployed twice`);
    seen.add(key);
  }
}

function parent(source: Source, one: Deployable & { kind: 'resource' }, report: Report): void {
  const value = find(bodyOf(one.value), 'parent');
  if (!value) return;
  const name =
    value.node === 'name' ? value.name : value.node === 'index' && value.of.node === 'name' ? value.of.name : '';
  const target = source.declarations.find((other) => other.name === name);
  const wanted = (one.resourceType.split('@')[0] ?? '').split('/').slice(0, -1).join('/');
  if (target?.kind !== 'resource') report(value.at, 'BCP036', `the parent of "${one.name}" is not a resource`);
  else if ((target.resourceType.split('@')[0] ?? '').toLowerCase() !== wanted.toLowerCase())
    report(value.at, 'BCP036', `the parent of "${one.name}" must be of the type ${wanted}`);
}

function circles(source: Source, report: Report): void {
  const names = new Set(
    source.declarations.filter((one) => one.kind !== 'output' && one.kind !== 'metadata').map((one) => one.name),
  );
  const edges = new Map<string, Set<string>>();
  for (const one of source.declarations) {
    if (one.kind === 'output' || one.kind === 'metadata' || one.kind === 'type' || !one.value) continue;
    edges.set(
      one.name,
      new Set([...namesIn(one.value satisfies Expr)].filter((name) => names.has(name) && !locals(one.value).has(name))),
    );
  }
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const at = source.declarations.find((one) => one.name === name)?.at;
      if (at) report(at, 'BCP080', `a circle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`);
      return;
    }
    if (done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
}

/** Names that a loop binds inside the value, which hide declarations of the same name. */
function locals(value: Expr | null): Set<string> {
  return new Set(value?.node === 'for' ? [value.item, value.index ?? ''] : []);
}
