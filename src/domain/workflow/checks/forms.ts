/**
 * The form of a GOVERN: a flat object of fields that can be asked on a page, and whose values expressions can name. Whoever
 * opens the page must be able to fill it in: so what is required is declared, and what is suggested fits.
 */
import { fieldOf, fieldsOf, MOST_FIELDS } from '../../governance/form.ts';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { validateJson } from '../../schema/validate.ts';
import { didYouMean, pointerOf, problem, type Problem } from '../problems.ts';
import { key as expressionName } from '../shape/words.ts';
import type { Placed } from '../place-steps.ts';
import type { CheckContext } from './context.ts';
import { schemaProblems } from './structure.ts';

export function checkForms({ placed }: CheckContext): readonly Problem[] {
  return placed.flatMap(({ read }) => {
    const form = formOf(read);
    return form === null ? [] : formProblems(form, `${read.pointer}/form`);
  });
}

function formOf({ step }: Placed['read']): JsonObject | null {
  return 'verb' in step && step.verb === 'GOVERN' && step.form !== undefined ? (step.form as JsonObject) : null;
}

function formProblems(form: JsonObject, at: string): readonly Problem[] {
  const beyond = schemaProblems(form, at);
  if (beyond.length > 0) return beyond;
  const { type, properties, required, additionalProperties, patternProperties } = form;
  const problems: Problem[] = [];
  const say = (pointer: string, message: string, suggestion: string | null = null): void => {
    problems.push(problem('INVALID_VALUE', `${at}${pointer}`, message, suggestion));
  };
  if (type !== 'object') say('/type', 'A form is an object of fields.', 'Write `type: object`.');
  const fields = isJsonObject(properties) ? Object.entries(properties) : [];
  if (fields.length === 0) problems.push(problem('MISSING_KEY', `${at}/properties`, 'A form has at least one field.'));
  if (fields.length > MOST_FIELDS)
    problems.push(problem('TOO_LARGE', `${at}/properties`, `A form has at most ${MOST_FIELDS} fields.`));
  for (const [keyword, given] of Object.entries({ additionalProperties, patternProperties })) {
    if (given !== undefined && given !== false)
      say(`/${keyword}`, 'A form takes the fields that it names and no others.', 'Declare each field in `properties`.');
  }
  const names = fields.map(([name]) => name);
  (Array.isArray(required) ? (required as readonly string[]) : []).forEach((name, i) => {
    if (!names.includes(name))
      say(`/required/${i}`, `There is no field \`${name}\`: nobody could fill it in.`, didYouMean(name, names));
  });
  for (const [name, schema] of fields) problems.push(...fieldProblems(form, name, schema, at));
  return problems;
}

function fieldProblems(form: JsonObject, name: string, schema: Json, at: string): readonly Problem[] {
  const pointer = `${at}/properties${pointerOf([name])}`;
  const say = (message: string, suggestion: string | null = null, below = ''): readonly Problem[] => [
    problem('INVALID_VALUE', `${pointer}${below}`, message, suggestion),
  ];
  if (!expressionName.safeParse(name).success)
    return say(
      'The name of a field is one that expressions can write.',
      'Use letters, digits and `_`; say the rest in `title`.',
    );
  const field = fieldOf(form, name, schema, false);
  if (field === null) {
    return say(
      'A field is one text, number or choice.',
      'Use `type: string`, `number`, `integer` or `boolean`, or constants in `enum` or `oneOf`.',
    );
  }
  if (field.suggested === undefined) return [];
  const misfits = validateJson({ ...form, type: 'object', required: [] }, { [name]: field.suggested });
  return misfits.some((misfit) => misfit.pointer === `/${name}`)
    ? say('The default is not a value that the field takes.', null, '/default')
    : [];
}

/** What is wrong with naming `output.values.<field>` of a GOVERN; null when nothing is. */
export function unknownField(
  { read }: Placed,
  path: readonly string[],
): { message: string; suggestion: string | null } | null {
  const [output, values, name] = path;
  if (output !== 'output' || values !== 'values' || name === undefined || read.kind !== 'GOVERN') return null;
  const form = formOf(read);
  if (form === null)
    return {
      message: `\`${read.step.id}\` has no \`form\`: its values are empty.`,
      suggestion: 'Declare the field in `form`.',
    };
  const names = fieldsOf(form).map((field) => field.name);
  if (names.includes(name)) return null;
  return { message: `The form of \`${read.step.id}\` has no field \`${name}\`.`, suggestion: didYouMean(name, names) };
}
