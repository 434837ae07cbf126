/** Every expression: can it be read, is everything in it allowed, does it name only what is visible where it stands. */
import { celUsage } from '../../expression/cel-usage.ts';
import { plainPath } from '../../expression/paths.ts';
import { jsonataUsage } from '../../expression/jsonata-usage.ts';
import { isLiteral, templateParts } from '../../expression/template.ts';
import { hyphenatedStep } from '../../expression/usage.ts';
import type { Reference, Usage } from '../../expression/usage.ts';
import { isJsonObject } from '../../json.ts';
import type { Json } from '../../json.ts';
import { stepFields, workflowFields } from '../fields.ts';
import type { ExpressionField } from '../fields.ts';
import { didYouMean, pointerOf, problem } from '../problems.ts';
import type { Problem } from '../problems.ts';
import { spelled } from '../reads.ts';
import type { Placed } from '../place-steps.ts';
import { stepAt } from './context.ts';
import { unknownField } from './forms.ts';
import type { CheckContext } from './context.ts';

const RUN_PARTS = [
  'id',
  'workflow',
  'version',
  'attempt',
  'startedAt',
  'scheduledFor',
  'trigger',
  'startedBy',
  'outcome',
  'now',
];

export function checkExpressions(context: CheckContext): readonly Problem[] {
  const problems: Problem[] = [];
  for (const placed of context.placed) {
    const visible = visibleSteps(placed, context);
    for (const field of stepFields(placed.read)) {
      new FieldCheck(context, placed, field, visible, problems).run();
    }
  }
  const main = new Set(context.placed.filter((p) => p.read.list === 'MAIN').map((p) => p.ordinal));
  for (const field of workflowFields(context.workflow)) new FieldCheck(context, null, field, main, problems).run();
  return problems;
}

/** Ordinals whose output a step may name; null when a cycle leaves it open. */
function visibleSteps(placed: Placed, { before }: CheckContext): ReadonlySet<number> | null {
  if (before === null) return null;
  const own = before.get(placed.ordinal) ?? new Set<number>();
  if (placed.handles === null) return own;
  // A handler runs after the step it belongs to has failed: that step and all before it have ended.
  return new Set([...own, placed.handles, ...(before.get(placed.handles) ?? [])]);
}

class FieldCheck {
  readonly #context: CheckContext;
  readonly #placed: Placed | null;
  readonly #field: ExpressionField;
  readonly #visible: ReadonlySet<number> | null;
  readonly #problems: Problem[];

  constructor(
    context: CheckContext,
    placed: Placed | null,
    field: ExpressionField,
    visible: ReadonlySet<number> | null,
    problems: Problem[],
  ) {
    this.#context = context;
    this.#placed = placed;
    this.#field = field;
    this.#visible = visible;
    this.#problems = problems;
  }

  run(): void {
    const { template, pointer } = this.#field;
    if (this.#field.language === 'condition') this.#usage(String(template), pointer, celUsage(String(template)));
    else this.#template(template, pointer);
  }

  #template(template: Json, pointer: string): void {
    if (typeof template === 'string') {
      if (!isLiteral(template)) this.#text(template, pointer);
    } else if (Array.isArray(template)) {
      template.forEach((one: Json, i) => this.#template(one, `${pointer}/${i}`));
    } else if (isJsonObject(template)) {
      for (const [key, one] of Object.entries(template)) {
        const at = `${pointer}${pointerOf([key])}`;
        if (key.includes('{{'))
          this.#say('EXPRESSION_SYNTAX', at, 'A key is never an expression.', 'Build the object in one expression.');
        this.#template(one, at);
      }
    }
  }

  #text(text: string, pointer: string): void {
    const split = templateParts(text);
    if (!split.ok) return this.#say('EXPRESSION_SYNTAX', pointer, split.message);
    for (const part of split.parts) {
      if (part.kind === 'text') continue;
      const path = plainPath(part.source);
      const plain = path !== null && path[0] !== 'steps' && path.length > 1;
      this.#usage(
        part.source,
        pointer,
        plain
          ? { references: [{ root: path[0] ?? '', path: path.slice(1) }], problems: [] }
          : jsonataUsage(part.source),
      );
    }
  }

  #usage(source: string, pointer: string, usage: Usage): void {
    const unseen = usage.references.filter((r) => !this.#field.names.has(r.root));
    if (usage.problems.length > 0 || unseen.length > 0) {
      const hyphenated = hyphenatedStep(source, this.#context.byId.keys());
      if (hyphenated !== null) {
        return this.#say(
          'DYNAMIC_REFERENCE',
          pointer,
          `In expressions the step \`${hyphenated}\` is written with \`_\`.`,
          `Write \`steps.${spelled(hyphenated)}\`.`,
        );
      }
    }
    for (const p of usage.problems) this.#say(p.code, pointer, p.message, p.suggestion);
    for (const reference of usage.references) this.#reference(reference, pointer);
  }

  #reference({ root, path }: Reference, pointer: string): void {
    const { names } = this.#field;
    const [first] = path;
    if (!names.has(root)) {
      const known = [...names].map((n) => `\`${n}\``).join(', ');
      return this.#say(
        'EXPRESSION_FORBIDDEN',
        pointer,
        `The name \`${root}\` is not visible here.`,
        didYouMean(root, [...names]) ?? `Visible here: ${known}.`,
      );
    }
    if (root === 'steps' && first !== undefined) return this.#step(first, path.slice(1), pointer);
    if (root === 'vars' || root === 'with') return this.#declared(root, first, pointer);
    if (root === 'run' && first !== undefined) this.#run(first, pointer);
  }

  #step(name: string, below: readonly string[], pointer: string): void {
    const { byId } = this.#context;
    const ordinal = [...byId].find(([id]) => spelled(id) === name)?.[1];
    if (ordinal === undefined) {
      // A step that could not be read is declared all the same: its own problem is enough.
      if ([...this.#context.workflow.declared].some((id) => spelled(id) === name)) return;
      const known = [...byId.keys()].map(spelled);
      return this.#say('UNKNOWN_STEP', pointer, `There is no step \`${name}\`.`, didYouMean(name, known));
    }
    if (this.#placed?.ordinal === ordinal) {
      return this.#say('SELF_DEPENDENCY', pointer, `The step \`${this.#placed.read.step.id}\` names its own output.`);
    }
    const unknown = unknownField(stepAt(this.#context, ordinal), below);
    if (unknown !== null) this.#say('UNKNOWN_KEY', pointer, unknown.message, unknown.suggestion);
    if (this.#visible === null || this.#visible.has(ordinal)) return;
    const id = stepAt(this.#context, ordinal).read.step.id;
    const graph = this.#context.workflow.order === 'graph' && this.#placed?.read.list === 'MAIN';
    this.#say(
      'NOT_UPSTREAM',
      pointer,
      `The step \`${id}\` has not ended for certain when this is evaluated.`,
      graph ? `Add \`${id}\` to \`dependsOn\`.` : null,
    );
  }

  #declared(root: 'vars' | 'with', name: string | undefined, pointer: string): void {
    const given = root === 'vars' ? this.#context.workflow.head.vars : this.#placed?.read.step.with;
    const known = Object.keys(given ?? {});
    if (name === undefined || known.includes(name)) return;
    this.#say('UNKNOWN_KEY', pointer, `There is no \`${root}.${name}\`.`, didYouMean(name, known));
  }

  #run(part: string, pointer: string): void {
    if (!RUN_PARTS.includes(part)) {
      return this.#say('UNKNOWN_KEY', pointer, `There is no \`run.${part}\`.`, didYouMean(part, RUN_PARTS));
    }
    if (part === 'outcome' && this.#placed?.read.list !== 'FINALLY') {
      this.#say('EXPRESSION_FORBIDDEN', pointer, '`run.outcome` is known in `finally` only.');
    }
  }

  #say(code: Problem['code'], pointer: string, message: string, suggestion: string | null = null): void {
    this.#problems.push(problem(code, pointer, message, suggestion));
  }
}
