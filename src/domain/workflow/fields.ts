/** Every expression field of a step or a workflow: where it stands, which language it is in and which names it may use. */
import type { Json } from '../json.ts';
import type { ReadStep, ReadWorkflow } from './read-workflow.ts';
import type { StepDocument } from './shape/steps.ts';

export interface ExpressionField {
  readonly language: 'value' | 'condition';
  readonly pointer: string;
  readonly template: Json;
  readonly names: ReadonlySet<string>;
  /** Part of what a GOVERN judges: must be known before it. */
  readonly content: boolean;
}

const START = ['input', 'vars', 'run'] as const;
const STEP = [...START, 'steps', 'with'] as const;

export function stepFields(read: ReadStep): readonly ExpressionField[] {
  const { step, pointer } = read;
  const outside = read.list === 'ON_ERROR' || read.list === 'HANDLER' ? ['error'] : [];
  const names = new Set<string>([...STEP, ...outside]);
  const withItem = new Set<string>([...names, 'item', 'index']);
  const fields: ExpressionField[] = [];
  const add = (key: string, template: Json | undefined, more: Partial<ExpressionField> = {}): void => {
    if (template !== undefined) {
      fields.push({ language: 'value', pointer: `${pointer}/${key}`, template, names, content: false, ...more });
    }
  };
  add('when', step.when, { language: 'condition', content: true });
  const noWith = new Set([...names].filter((n) => n !== 'with'));
  add('with', step.with, { names: noWith, content: true });
  if (!('verb' in step)) {
    otherKinds(step, add, withItem);
    return fields;
  }
  switch (step.verb) {
    case 'FETCH':
      add('params', step.params);
      add('query', step.query);
      break;
    case 'LOOKUP':
      add('key', step.key);
      break;
    case 'PUSH':
      add('records', step.records, { content: true });
      add('recordKey', step.recordKey, { content: true, names: withItem });
      add('effectKey', step.effectKey, { content: true });
      break;
    case 'EXECUTE':
      add('arguments', step.arguments, { content: true });
      add('effectKey', step.effectKey, { content: true });
      break;
    case 'TRANSFORM':
      add('from', step.from);
      add('map', step.map, step.from === undefined ? {} : { names: withItem });
      add('code/inputs', step.code?.inputs);
      break;
    case 'GOVERN':
      add('facts', step.facts);
      add('subject', step.subject);
      break;
    case 'LOGIC_GATE':
      add('if', step.if, { language: 'condition' });
      step.switch?.forEach((one, i) => add(`switch/${i}/if`, one.if, { language: 'condition' }));
      break;
  }
  return fields;
}

function otherKinds(
  step: Extract<StepDocument, { workflow: unknown } | { forEach: unknown } | { wait: unknown }>,
  add: (key: string, template: Json | undefined, more?: Partial<ExpressionField>) => void,
  withItem: ReadonlySet<string>,
): void {
  if ('workflow' in step) add('input', step.input);
  if ('forEach' in step) {
    const { items } = step.forEach;
    const marked = typeof items === 'object' && items !== null && ('step' in items || 'artifact' in items);
    if (!marked) add('forEach/items', items as Json);
  }
  if ('wait' in step) {
    const { wait } = step;
    if ('signal' in wait) {
      add('wait/key', wait.key);
      add('wait/match', wait.match, { language: 'condition', names: new Set([...withItem, 'signal']) });
    }
    if ('until' in wait) add('wait/until', wait.until);
  }
}

export function workflowFields(workflow: ReadWorkflow): readonly ExpressionField[] {
  const { head } = workflow;
  const fields: ExpressionField[] = [];
  const add = (key: string, template: unknown, names: readonly string[]): void => {
    if (template === undefined) return;
    fields.push({
      language: 'value',
      pointer: `/${key}`,
      template: template as Json,
      names: new Set(names),
      content: false,
    });
  };
  add('vars', head.vars, ['input', 'run']);
  add('businessKey', head.businessKey, START);
  add('effectKey', head.effectKey, [...START]);
  add('concurrency/key', head.concurrency?.key, START);
  add('output', head.output, [...START, 'steps']);
  return fields;
}
