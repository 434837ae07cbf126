/** All problems of a Workflow document at once: shape, graph, expressions, names, governance. Pure; reads only the catalogue. */
import type { JsonObject } from '../json.ts';
import type { Catalogue } from './catalogue.ts';
import { arrange } from './arrange.ts';
import { checkExpressions } from './checks/expressions.ts';
import { checkForms } from './checks/forms.ts';
import { checkGovernance } from './checks/governance.ts';
import { checkNamed } from './checks/named.ts';
import { checkNotYet } from './checks/not-yet.ts';
import { checkSecrets } from './checks/secrets.ts';
import { checkIds, checkSteps } from './checks/structure.ts';
import type { CheckContext } from './checks/context.ts';
import { placeSteps } from './place-steps.ts';
import { ancestors, topological } from './graph.ts';
import { problem } from './problems.ts';
import type { Problem } from './problems.ts';
import { readWorkflow } from './read-workflow.ts';
import type { ReadWorkflow } from './read-workflow.ts';

export interface WorkflowValidation {
  /** Empty exactly when the document can be compiled and executed. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

export function validateWorkflow(document: JsonObject, catalogue: Catalogue): WorkflowValidation {
  const { workflow, problems } = readWorkflow(document);
  const secrets = checkSecrets(document);
  if (workflow === null) return { problems: [...problems, ...secrets], warnings: [] };
  const graph = checkGraph(workflow);
  const placed = placeSteps(workflow);
  const byId = new Map<string, number>();
  for (const p of placed) if (!byId.has(p.read.step.id)) byId.set(p.read.step.id, p.ordinal);
  const cyclic = [...problems, ...graph].some((p) => p.code === 'CYCLE');
  const before = cyclic ? null : ancestors(new Map(placed.map((p) => [p.ordinal, p.dependsOn])));
  const context: CheckContext = { workflow, catalogue, placed, byId, before };
  const all = [
    ...problems,
    ...graph,
    ...checkIds(context),
    ...checkSteps(context),
    ...checkExpressions(context),
    ...checkNamed(context),
    ...checkGovernance(context),
    ...checkForms(context),
    ...secrets,
    ...checkNotYet(context),
  ];
  const warnings = workflow.head.input === undefined ? ['`input` declares no schema: any object starts a run.'] : [];
  return { problems: distinct(all), warnings };
}

function checkGraph(workflow: ReadWorkflow): readonly Problem[] {
  const problems: Problem[] = [];
  const free = workflow.form === 'nodes';
  const check = (list: ReadWorkflow['main'], order: 'listed' | 'graph', pointer: string): void => {
    const { dependsOn, problems: found } = arrange(list, order, workflow, free);
    problems.push(...found);
    const ids = list.map((_, i) => String(i));
    const edges = dependsOn.flatMap((own, to) => own.map((from) => [String(from), String(to)] as const));
    const { cycle } = topological(ids, edges);
    if (cycle.length === 0) return;
    const names = cycle.map((i) => list[Number(i)]?.step.id ?? i);
    problems.push(problem('CYCLE', pointer, `These steps wait for each other: ${names.join(' → ')}.`));
  };
  check(workflow.main, workflow.order, '/steps');
  check(workflow.onError, 'listed', '/onError');
  check(workflow.finally, 'listed', '/finally');
  for (const read of [...workflow.main, ...workflow.onError, ...workflow.finally]) {
    check(read.handler, 'listed', `${read.pointer}/onError/steps`);
  }
  return problems;
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((p) => {
    const key = `${p.code}\n${p.pointer}\n${p.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
