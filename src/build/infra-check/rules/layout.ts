/** How modules are written: size, order, a description for the file and for every parameter and output. */
import type { Report } from '../finding.ts';
import type { Source } from '../syntax/ast.ts';
import { literalOf } from '../syntax/walk.ts';

const order = ['metadata', 'type', 'param', 'var', 'resource', 'module', 'output'];
const longest = 150;

export function checkLayout(source: Source, report: Report): void {
  if (source.parameters) return;
  const top = { line: 1, column: 1 };
  const lines = source.text.trimEnd().split('\n').length;
  if (lines > longest) report(top, 'infra-size', `${lines} lines; split it at ${longest}`);
  const said = source.declarations.find((one) => one.kind === 'metadata' && one.name === 'description');
  if (!said) report(top, 'infra-described', "begin with `metadata description = '…'`");
  for (const one of source.declarations) {
    const text = literalOf(one.decorators.find((decorator) => decorator.name === 'description')?.args[0] ?? null);
    if (one.kind === 'param') {
      const word = /^(Required|Optional|Conditional)\. \S/.exec(text ?? '')?.[1];
      if (!word)
        report(
          one.at,
          'infra-described',
          `the parameter "${one.name}" needs a description that begins with Required, Optional or Conditional`,
        );
      else if (word === 'Required' && one.value)
        report(one.at, 'infra-described', `the parameter "${one.name}" is called required but has a default`);
      else if (word === 'Optional' && !one.value)
        report(one.at, 'infra-described', `the parameter "${one.name}" is called optional but has no default`);
    }
    if (one.kind === 'output' && text === null)
      report(one.at, 'infra-described', `the output "${one.name}" needs a description`);
  }
  ordered(source, report);
}

/** Parameters before everything, outputs after everything; variables, resources and modules may mix between. */
function ordered(source: Source, report: Report): void {
  const rank = (kind: string): number =>
    kind === 'output' ? 2 : order.indexOf(kind) <= order.indexOf('param') ? 0 : 1;
  let highest = 0;
  for (const one of source.declarations) {
    const own = rank(one.kind);
    if (own < highest)
      report(
        one.at,
        'infra-order',
        `"${one.name}" (${one.kind}) stands too late: parameters, then resources and modules, then outputs`,
      );
    highest = Math.max(highest, own);
  }
}
