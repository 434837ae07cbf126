/**
 * The form of a GOVERN as a list of named fields: what can be asked of a person on a page without a script, and so by
 * API and command line too. A form is flat on purpose: every field is one text, one number or one choice.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { resolveLocal } from '../schema/subset.ts';
import type { Plan } from '../workflow/plan.ts';

export const MOST_FIELDS = 50;
const MOST_REFERENCES = 8;

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  readonly required: boolean;
  readonly kind: 'text' | 'number' | 'integer' | 'choice';
  /** Of a text: `date`, `email` … */
  readonly format: string | null;
  readonly maxLength: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly pattern: string | null;
  /** Of a choice, in the author's order. */
  readonly options: readonly { readonly label: string; readonly value: Json }[];
  /** What the author suggests. It is shown, never filled in behind somebody's back. */
  readonly suggested: Json | undefined;
}

/** The form that a request asks: only a GOVERN asks. A write that is asked about again keeps the values given before. */
export function formAsked(plan: Pick<Plan, 'steps'>, step: number): JsonObject | null {
  const action = plan.steps[step - 1]?.action;
  return action?.verb === 'GOVERN' ? action.form : null;
}

/** The form in whose words the values of a request are shown: the step's own, or that of the GOVERN over it. */
export function formShown(plan: Pick<Plan, 'steps'>, step: number): JsonObject | null {
  return formAsked(plan, plan.steps[step - 1]?.governedBy ?? step);
}

/** The fields in the author's order; what cannot be asked is left out (validation has refused it). */
export function fieldsOf(form: JsonObject): readonly FormField[] {
  const { properties, required } = form;
  const names = Array.isArray(required) ? required : [];
  return Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, schema]) => {
    const field = fieldOf(form, name, schema, names.includes(name));
    return field === null ? [] : [field];
  });
}

/** Null for what is not one text, number or choice. */
export function fieldOf(form: JsonObject, name: string, schema: Json, required: boolean): FormField | null {
  const resolved = resolve(form, schema, MOST_REFERENCES);
  if (resolved === null) return null;
  const { title, description, format, pattern } = resolved;
  const number = (keyword: string): number | null => {
    const given = resolved[keyword];
    return typeof given === 'number' ? given : null;
  };
  const options = optionsOf(resolved);
  const { type } = resolved;
  const kind = options !== null ? 'choice' : type === 'string' ? 'text' : type;
  if (kind !== 'choice' && kind !== 'text' && kind !== 'number' && kind !== 'integer') return null;
  return {
    name,
    label: typeof title === 'string' && title.trim() !== '' ? title : name,
    hint: typeof description === 'string' && description.trim() !== '' ? description : null,
    required,
    kind,
    format: typeof format === 'string' ? format : null,
    maxLength: number('maxLength'),
    minimum: number('minimum'),
    maximum: number('maximum'),
    pattern: typeof pattern === 'string' ? pattern : null,
    options: options ?? [],
    suggested: resolved['default'],
  };
}

function resolve(form: JsonObject, schema: Json, hops: number): JsonObject | null {
  if (!isJsonObject(schema)) return null;
  const { $ref, ...own } = schema;
  if (typeof $ref !== 'string') return schema;
  const target = hops === 0 ? null : resolve(form, resolveLocal(form, $ref), hops - 1);
  return target === null ? null : { ...target, ...own };
}

type Options = FormField['options'];

/** `enum`, `const`, `oneOf` of titled constants, and yes or no; null when the field is no choice. */
function optionsOf(schema: JsonObject): Options | null {
  const { enum: list, const: only, oneOf, type } = schema;
  if (Array.isArray(list)) return scalars(list.map((value: Json) => ({ label: labelOf(value), value })));
  if (only !== undefined) return scalars([{ label: labelOf(only), value: only }]);
  if (Array.isArray(oneOf)) {
    return scalars(
      oneOf.map((each: Json) => {
        const value = isJsonObject(each) ? each['const'] : undefined;
        const title = isJsonObject(each) ? each['title'] : undefined;
        return { label: typeof title === 'string' ? title : labelOf(value ?? null), value: value ?? null };
      }),
    );
  }
  return type === 'boolean' ? [true, false].map((value) => ({ label: labelOf(value), value })) : null;
}

const labelOf = (value: Json): string =>
  typeof value === 'boolean' ? (value ? 'Yes' : 'No') : typeof value === 'string' ? value : JSON.stringify(value);

const scalars = (options: Options): Options | null =>
  options.length > 0 && options.every(({ value }) => value !== null && typeof value !== 'object') ? options : null;
