/**
 * What can be reached, watched and deleted by default: public access is a choice that follows the scenario, never written
 * as open; what watches is on; what holds records is locked.
 */
import type { Report } from '../finding.ts';
import type { Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, walkAll } from '../syntax/walk.ts';

export function checkClosed(source: Source, report: Report): void {
  for (const one of source.declarations)
    if (one.kind === 'param' && one.name === 'publicNetworkAccess' && !(one.value?.node === 'bool' && !one.value.value))
      report(one.at, 'infra-network', 'public access is off by default');
  walkAll(source.declarations, (expr, declaration) => {
    if (expr.node !== 'object' || declaration.kind !== 'resource') return;
    for (const prop of expr.props) {
      const open = literalOf(prop.value);
      if (
        (prop.key === 'publicNetworkAccess' && open === 'Enabled') ||
        (prop.key === 'defaultAction' && open === 'Allow')
      )
        report(prop.at, 'infra-network', `"${prop.key}" follows a parameter, it is not open for good`);
    }
  });
  switches(source, report);
  for (const one of source.declarations) {
    if (one.kind !== 'module') continue;
    const value = find(bodyOf(one.value), 'params', 'publicNetworkAccess');
    if (value && !followsNetwork(source, value))
      report(value.at, 'infra-network', '"publicNetworkAccess" follows the network options: closed when private');
  }
}

const choices: Readonly<Record<string, readonly [string, string]>> = {
  publicNetworkAccess: ['Enabled', 'Disabled'],
  defaultAction: ['Allow', 'Deny'],
};

/** What is a choice of two is that choice of two; what watches is not muted; what locks is locked by default. */
function switches(source: Source, report: Report): void {
  for (const one of source.declarations)
    if (one.kind === 'param' && one.name === 'locked' && !(one.value?.node === 'bool' && one.value.value))
      report(one.at, 'infra-locks', 'resources are locked by default');
  walkAll(source.declarations, (expr, declaration) => {
    if (expr.node !== 'object' || declaration.kind !== 'resource') return;
    const watches = /^Microsoft\.(Insights|Consumption)\//.test(declaration.resourceType);
    for (const prop of expr.props) {
      const choice = choices[prop.key ?? ''];
      const { value } = prop;
      if (
        choice &&
        !(value.node === 'ternary' && literalOf(value.yes) === choice[0] && literalOf(value.no) === choice[1])
      )
        report(prop.at, 'infra-network', `"${prop.key}" is a choice: open ? '${choice[0]}' : '${choice[1]}'`);
      if (watches && prop.key === 'enabled' && value.node === 'bool' && !value.value)
        report(prop.at, 'infra-muted', 'this watches nothing when it is not enabled');
    }
  });
}

/** `!network.private`, a parameter of that name, `network.publicIngress`, or a variable or a choice of these. */
function followsNetwork(source: Source, expr: Expr): boolean {
  if (expr.node === 'group') return followsNetwork(source, expr.of);
  if (expr.node === 'unary') return expr.op === '!' && expr.of.node === 'member' && expr.of.name === 'private';
  if (expr.node === 'binary')
    return expr.op === '||' && followsNetwork(source, expr.left) && followsNetwork(source, expr.right);
  if (expr.node === 'member') return expr.name === 'publicIngress' || expr.name === 'openDeployment';
  if (expr.node !== 'name') return false;
  const declared = source.declarations.find((one) => one.name === expr.name);
  return declared?.kind === 'param'
    ? declared.name === 'publicNetworkAccess'
    : declared?.kind === 'var' && followsNetwork(source, declared.value);
}
