/** What a workflow names outside itself must exist and fit: connectors and their resources, policies, objects, workflows. */
import type { CatalogueConnector } from '../catalogue.ts';
import { didYouMean, problem } from '../problems.ts';
import type { Problem } from '../problems.ts';
import type { Placed } from '../place-steps.ts';
import type { StepDocument } from '../shape/steps.ts';
import { schemaProblems } from './structure.ts';
import type { CheckContext } from './context.ts';

const MAX_NESTING = 20;

export function checkNamed(context: CheckContext): readonly Problem[] {
  const { head } = context.workflow;
  const own = head.input === undefined ? [] : schemaProblems(head.input as never, '/input');
  return [
    ...own,
    ...context.placed.flatMap((placed) => [...checkTarget(placed, context), ...checkOthers(placed, context)]),
  ];
}

type Reaching = Extract<StepDocument, { connector: string }>;

function checkTarget({ read }: Placed, context: CheckContext): readonly Problem[] {
  const { step, pointer } = read;
  if (!('verb' in step) || !('connector' in step)) return [];
  const { catalogue } = context;
  const connector = catalogue.connector(step.connector);
  if (connector === null) {
    return [
      problem(
        'UNKNOWN_CONNECTOR',
        `${pointer}/connector`,
        `There is no connector \`${step.connector}\`.`,
        didYouMean(step.connector, catalogue.known('Connector')) ?? 'Apply the connector together with the workflow.',
      ),
    ];
  }
  return checkReach(step, pointer, connector);
}

function checkReach(step: Reaching, pointer: string, connector: CatalogueConnector): readonly Problem[] {
  const command = step.verb === 'EXECUTE';
  const word = command ? 'command' : 'resource';
  const name = command ? step.command : step.resource;
  const targets = command ? connector.commands : connector.resources;
  const target = targets.get(name);
  if (target === undefined) {
    return [
      problem(
        'UNKNOWN_RESOURCE',
        `${pointer}/${word}`,
        `The connector \`${step.connector}\` has no ${word} \`${name}\`.`,
        didYouMean(name, [...targets.keys()]) ??
          (targets.size > 0 ? `It has: ${[...targets.keys()].join(', ')}.` : null),
      ),
    ];
  }
  const reads = step.verb === 'FETCH' || step.verb === 'LOOKUP';
  if (reads !== (target.access === 'read')) {
    return [
      problem(
        'READ_WRITE_MISMATCH',
        `${pointer}/${word}`,
        reads
          ? `${step.verb} reads, but \`${name}\` is declared \`access: write\`.`
          : `${step.verb} writes, but \`${name}\` is declared \`access: read\`.`,
      ),
    ];
  }
  if (step.verb !== 'PUSH') return [];
  const problems: Problem[] = [];
  if (!target.modes.includes(step.mode ?? 'create')) {
    problems.push(
      problem('READ_WRITE_MISMATCH', `${pointer}/mode`, `The resource allows ${target.modes.join(', ')} only.`),
    );
  }
  if (target.recordKeyRequired && step.recordKey === undefined) {
    problems.push(problem('MISSING_KEY', `${pointer}/recordKey`, `The resource \`${name}\` demands a \`recordKey\`.`));
  }
  return problems;
}

function checkOthers({ read }: Placed, { catalogue, workflow }: CheckContext): readonly Problem[] {
  const { step, pointer } = read;
  const problems: Problem[] = [];
  const object = (id: string, key: string): void => {
    if (catalogue.businessObject(id)) return;
    problems.push(
      problem(
        'UNKNOWN_OBJECT',
        `${pointer}/${key}`,
        `There is no business object \`${id}\`.`,
        didYouMean(id, catalogue.known('BusinessObject')),
      ),
    );
  };
  if (typeof step.returns === 'string') object(step.returns.replace('[]', ''), 'returns');
  if ('verb' in step && step.verb === 'TRANSFORM' && step.to !== undefined) object(step.to, 'to');
  if ('verb' in step && step.verb === 'GOVERN') {
    step.policies.forEach((id, i) => {
      if (catalogue.policy(id) !== null) return;
      const near = didYouMean(id, catalogue.known('Policy'));
      problems.push(problem('UNKNOWN_POLICY', `${pointer}/policies/${i}`, `There is no policy \`${id}\`.`, near));
    });
  }
  if ('workflow' in step) {
    if (step.workflow === workflow.id) {
      problems.push(problem('SELF_WORKFLOW', `${pointer}/workflow`, 'A workflow does not call itself.'));
    } else if (nesting(step.workflow, catalogue.workflow, workflow.id) > MAX_NESTING) {
      problems.push(problem('DEPTH', `${pointer}/workflow`, `Workflows nest at most ${MAX_NESTING} deep.`));
    }
  }
  return problems;
}

/** Depth below a workflow; a circle counts as endless. Each workflow is looked at once. */
function nesting(id: string, calls: (id: string) => readonly string[] | null, self: string): number {
  const depths = new Map<string, number>([[self, Number.POSITIVE_INFINITY]]);
  const depth = (at: string): number => {
    const known = depths.get(at);
    if (known !== undefined) return known;
    // While it is being looked at, meeting it again is a circle.
    depths.set(at, Number.POSITIVE_INFINITY);
    const found = 1 + Math.max(0, ...(calls(at) ?? []).map(depth));
    depths.set(at, found);
    return found;
  };
  return depth(id);
}
