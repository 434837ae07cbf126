/**
 * A Workflow document → one typed form with a place for every step: both written forms, all lists, S4's aliases.
 * Reports problems of shape; a step that cannot be read keeps its id, so that references to it are not reported too.
 */
import { isJsonObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { Verb } from './plan.ts';
import { nodesAsSteps } from './nodes.ts';
import type { Trigger } from './nodes.ts';
import { pointerOf, problem } from './problems.ts';
import type { Problem } from './problems.ts';
import { OTHER_SCHEMAS, VERB_SCHEMAS } from './shape/steps.ts';
import type { StepDocument } from './shape/steps.ts';
import { stepsForm } from './shape/workflow.ts';
import type { StepsFormDocument } from './shape/workflow.ts';
import { shapeTolerantly } from './shape/zod-problems.ts';
import { didYouMean } from './problems.ts';

export type StepKind = Verb | 'workflow' | 'forEach' | 'wait';
export type ListName = 'MAIN' | 'ON_ERROR' | 'FINALLY' | 'HANDLER';

export interface ReadStep {
  readonly step: StepDocument;
  readonly kind: StepKind;
  readonly list: ListName;
  readonly pointer: string;
  /** Steps of `onError: {steps}`. */
  readonly handler: readonly ReadStep[];
}

export interface ReadWorkflow {
  readonly id: string;
  readonly head: StepsFormDocument;
  readonly form: 'steps' | 'nodes';
  readonly order: 'listed' | 'graph';
  readonly trigger: Trigger | null;
  readonly main: readonly ReadStep[];
  readonly onError: readonly ReadStep[];
  readonly finally: readonly ReadStep[];
  /** Every id that any step declares, readable or not. */
  readonly declared: ReadonlySet<string>;
  /** Those of them whose step could not be read. */
  readonly unreadable: ReadonlySet<string>;
}

export interface WorkflowReading {
  /** Null when not even the frame could be read. */
  readonly workflow: ReadWorkflow | null;
  readonly problems: readonly Problem[];
}

/** Keys of workflows and steps whose values nothing else in the document depends on. */
const HARMLESS: ReadonlySet<string> = new Set(
  (
    'apiVersion description owner tags timeout retry concurrency defaults hooks retention ' +
    'totalTimeout heartbeat sensitive'
  ).split(' '),
);

export function readWorkflow(document: JsonObject): WorkflowReading {
  const nodes = document['nodes'] !== undefined || document['edges'] !== undefined;
  if (nodes && document['steps'] !== undefined) {
    return {
      workflow: null,
      problems: [problem('KIND_MANY', '/nodes', 'Write either `steps` or `nodes` and `edges`.')],
    };
  }
  const problems: Problem[] = [];
  let source = document;
  let trigger: Trigger | null = null;
  let pointers: ReadonlyMap<number, string> | null = null;
  if (nodes) {
    const made = nodesAsSteps(document);
    problems.push(...made.problems);
    if (made.document === null) return { workflow: null, problems };
    ({ document: source, trigger, pointers } = made);
  } else if (document['steps'] === undefined) {
    problems.push(problem('EMPTY', '', 'A workflow has `steps`, or `nodes` and `edges`.'));
    source = { ...document, steps: [] };
  }
  const framed = shapeTolerantly(stepsForm, source, '', HARMLESS, true);
  problems.push(...framed.problems);
  if (framed.value === null) {
    // The frame is broken; its steps are still read, so that all problems appear at once.
    const reader = new StepReader();
    for (const key of ['steps', 'onError', 'finally'] as const) {
      const given = source[key];
      if (Array.isArray(given)) reader.list(given, key === 'steps' ? pointers : null, `/${key}`, listOf(key));
    }
    return { workflow: null, problems: [...problems, ...reader.problems] };
  }
  const head = framed.value;
  const reader = new StepReader();
  const main = reader.list(head.steps, pointers, '/steps', 'MAIN');
  const onError = reader.list(head.onError ?? [], null, '/onError', 'ON_ERROR');
  const last = reader.list(head.finally ?? [], null, '/finally', 'FINALLY');
  problems.push(...reader.problems);
  if (head.steps.length === 0 && document['steps'] !== undefined) {
    problems.push(problem('EMPTY', '/steps', 'A workflow has at least one step.'));
  }
  const id = head.id ?? slug(head.name ?? '');
  if (id === '') problems.push(problem('MISSING_KEY', '/id', 'The key `id` is required.'));
  const depends = main.some((s) => (s.step.dependsOn ?? []).length > 0);
  const order = head.order ?? (depends ? 'graph' : 'listed');
  return {
    workflow: {
      id,
      head,
      form: nodes ? 'nodes' : 'steps',
      order,
      trigger,
      main,
      onError,
      finally: last,
      declared: reader.declared,
      unreadable: reader.unreadable,
    },
    problems,
  };
}

const listOf = (key: 'steps' | 'onError' | 'finally'): ListName =>
  key === 'steps' ? 'MAIN' : key === 'onError' ? 'ON_ERROR' : 'FINALLY';

/** S4's workflows have a name alone. */
export function slug(name: string): string {
  const text = name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return text.slice(0, 63).replaceAll(/-+$/g, '');
}

class StepReader {
  readonly problems: Problem[] = [];
  readonly declared = new Set<string>();
  readonly unreadable = new Set<string>();

  list(
    given: readonly unknown[],
    pointers: ReadonlyMap<number, string> | null,
    base: string,
    list: ListName,
  ): readonly ReadStep[] {
    return given.flatMap((one, i) => this.#step(one, pointers?.get(i) ?? `${base}${pointerOf([i])}`, list) ?? []);
  }

  #step(given: unknown, pointer: string, list: ListName): ReadStep | null {
    if (!isJsonObject(given)) {
      this.problems.push(problem('INVALID_VALUE', pointer, 'A step is a mapping of keys to values.'));
      return null;
    }
    const id = typeof given['id'] === 'string' ? given['id'] : '';
    this.declared.add(id);
    const kind = this.#kind(given, pointer);
    if (kind === null) {
      this.unreadable.add(id);
      return null;
    }
    const schema =
      kind in VERB_SCHEMAS
        ? VERB_SCHEMAS[kind as keyof typeof VERB_SCHEMAS]
        : OTHER_SCHEMAS[kind as keyof typeof OTHER_SCHEMAS];
    const shaped = shapeTolerantly(schema, given, pointer, HARMLESS, false);
    this.problems.push(...shaped.problems);
    const onError = given['onError'];
    let handler: readonly ReadStep[] = [];
    if (isJsonObject(onError) && Array.isArray(onError['steps'])) {
      if (list === 'HANDLER') {
        this.problems.push(
          problem('DEPTH', `${pointer}/onError`, 'Steps of an `onError` have no `onError` steps themselves.'),
        );
      } else {
        handler = this.list(onError['steps'], null, `${pointer}/onError/steps`, 'HANDLER');
      }
    }
    if (shaped.value === null) {
      this.unreadable.add(id);
      return null;
    }
    return { step: shaped.value as StepDocument, kind, list, pointer, handler };
  }

  #kind(given: JsonObject, pointer: string): StepKind | null {
    const kinds = (['verb', 'workflow', 'forEach', 'wait'] as const).filter((key) => given[key] !== undefined);
    const verb = given['verb'];
    if (kinds.length === 0) {
      const python = given['code'] !== undefined || given['map'] !== undefined ? 'Add `verb: TRANSFORM`.' : null;
      this.problems.push(
        problem('KIND_NONE', pointer, 'A step has one of `verb`, `workflow`, `forEach`, `wait`.', python),
      );
      return null;
    }
    if (kinds.length > 1) {
      this.problems.push(
        problem('KIND_MANY', pointer, `A step has only one of ${kinds.map((k) => `\`${k}\``).join(', ')}.`),
      );
      return null;
    }
    if (kinds[0] !== 'verb') return kinds[0] as StepKind;
    if (typeof verb === 'string' && Object.hasOwn(VERB_SCHEMAS, verb)) return verb as Verb;
    const known = Object.keys(VERB_SCHEMAS);
    this.problems.push(
      problem(
        'INVALID_VALUE',
        `${pointer}/verb`,
        `There is no verb ${typeof verb === 'string' ? `\`${verb}\`` : 'of this type'}.`,
        typeof verb === 'string'
          ? (didYouMean(verb, known) ?? `Verbs: ${known.join(', ')}.`)
          : `Verbs: ${known.join(', ')}.`,
      ),
    );
    return null;
  }
}
