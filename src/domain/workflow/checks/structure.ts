/** Rules of a step by itself, and of ids among each other. */
import { checkSchema } from '../../schema/subset.ts';
import type { Json } from '../../json.ts';
import { spelled } from '../reads.ts';
import { problem } from '../problems.ts';
import type { Problem } from '../problems.ts';
import type { Placed } from '../place-steps.ts';
import type { CheckContext } from './context.ts';

export const MAX_STEPS = 500;

export function checkIds({ placed }: CheckContext): readonly Problem[] {
  const problems: Problem[] = [];
  if (placed.length > MAX_STEPS) {
    problems.push(
      problem('TOO_LARGE', '/steps', `The workflow has ${placed.length} steps in all; ${MAX_STEPS} are allowed.`),
    );
  }
  const seen = new Map<string, string>();
  for (const { read } of placed) {
    const { id } = read.step;
    const same = seen.get(spelled(id));
    if (same === undefined) seen.set(spelled(id), id);
    else if (same === id)
      problems.push(problem('DUPLICATE_ID', `${read.pointer}/id`, `The step id \`${id}\` is used twice.`));
    else {
      problems.push(
        problem(
          'NAME_CLASH',
          `${read.pointer}/id`,
          `\`${id}\` and \`${same}\` are both written \`steps.${spelled(id)}\` in expressions.`,
          'Rename one of them.',
        ),
      );
    }
  }
  return problems;
}

export function checkSteps(context: CheckContext): readonly Problem[] {
  return context.placed.flatMap((placed) => checkStep(placed, context));
}

function checkStep({ read, ordinal }: Placed, context: CheckContext): readonly Problem[] {
  const { step, pointer } = read;
  const problems: Problem[] = [];
  const say = (code: Problem['code'], key: string, message: string, suggestion: string | null = null): void => {
    problems.push(problem(code, `${pointer}${key}`, message, suggestion));
  };
  if (step.retry !== undefined && step.retries !== undefined) {
    say('KIND_MANY', '/retries', 'Write either `retry` or `retries`.');
  }
  if (typeof step.returns === 'object') problems.push(...schemaProblems(step.returns as Json, `${pointer}/returns`));
  if (!('verb' in step)) return problems;
  switch (step.verb) {
    case 'TRANSFORM': {
      const forms = ['map', 'code'].filter((key) => step[key as 'map' | 'code'] !== undefined);
      if (forms.length === 0) say('MISSING_KEY', '/map', 'A TRANSFORM has `map` or `code`.');
      if (forms.length > 1) say('KIND_MANY', '/code', 'A TRANSFORM has only one of `map` and `code`.');
      if (step.code !== undefined && (step.code.source === undefined) === (step.code.file === undefined)) {
        say('MISSING_KEY', '/code/source', 'Code has exactly one of `source` and `file`.');
      }
      if (step.invalid !== undefined && step.to === undefined) {
        say('INVALID_VALUE', '/invalid', '`invalid` needs the business object in `to`.');
      }
      if (step.invalid !== undefined && step.invalid !== 'fail' && step.from === undefined) {
        say('INVALID_VALUE', '/invalid', '`drop` and `collect` need a list in `from`.');
      }
      break;
    }
    case 'GOVERN': {
      if (step.onError === 'continue' || (typeof step.onError === 'object' && step.onError.then === 'continue')) {
        say('INVALID_VALUE', '/onError', 'A GOVERN cannot be continued past.', 'Use `onReject: continue`.');
      }
      for (const given of ['count', 'totals'].filter((key) => Object.hasOwn(step.facts ?? {}, key))) {
        say(
          'NAME_CLASH',
          `/facts/${given}`,
          `\`facts.${given}\` is always given over all governed records.`,
          'Rename it.',
        );
      }
      const governs = context.placed.some((other) => governedBy(other) === step.id);
      if (!governs && step.subject === undefined) {
        say(
          'MISSING_KEY',
          '/subject',
          'No step names this GOVERN in `governedBy`, so it needs a `subject` to judge.',
          'Add `governedBy` to the step that writes.',
        );
      }
      break;
    }
    case 'LOGIC_GATE': {
      if (step.if === undefined && step.switch === undefined)
        say('MISSING_KEY', '/if', 'A LOGIC_GATE has `if` or `switch`.');
      if (step.if !== undefined && step.switch !== undefined) {
        say('KIND_MANY', '/switch', 'A LOGIC_GATE has only one of `if` and `switch`.');
      }
      if (step.switch !== undefined && step.then !== undefined) {
        say('KIND_MANY', '/then', 'With `switch`, each case has its own `then`.');
      }
      const targets = [...(step.then ?? []), ...(step.else ?? []), ...(step.switch ?? []).flatMap((one) => one.then)];
      if (targets.length === 0) say('GATE_BRANCH', '', `The gate \`${step.id}\` chooses between no steps.`);
      if (context.before !== null && context.workflow.order === 'graph') checkTargets(ordinal, context, say);
      break;
    }
    default:
  }
  return problems;
}

/** A branch begins after its gate: a target on which the gate itself depends could never be skipped. */
function checkTargets(
  gate: number,
  context: CheckContext,
  say: (code: Problem['code'], key: string, message: string) => void,
): void {
  for (const other of context.placed) {
    if (!other.gates.some((g) => g.gate === gate)) continue;
    if (context.before?.get(gate)?.has(other.ordinal) === true) {
      say('GATE_BRANCH', '', `\`${other.read.step.id}\` comes before the gate that chooses it.`);
    }
  }
}

function governedBy({ read }: Placed): string | undefined {
  return 'governedBy' in read.step ? read.step.governedBy : undefined;
}

export function schemaProblems(schema: Json, pointer: string): readonly Problem[] {
  return checkSchema(schema).map((p) => problem('INVALID_VALUE', `${pointer}${p.pointer}`, p.message, p.suggestion));
}
