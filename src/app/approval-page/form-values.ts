/**
 * From what a browser posts to the values of a form. Text that is no value of its field stays text, so that validation says
 * what is wrong with it and the page shows it again: nothing is guessed, rounded or dropped.
 */
import { fieldsOf, type FormField } from '../../domain/governance/form.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

/** Names of the page's own fields cannot be those of a form. */
const PREFIX = 'value.';
export const inputName = (field: string): string => `${PREFIX}${field}`;

/** What was typed, by field; also what no field of the form asks for. */
export type Typed = ReadonlyMap<string, string>;

export function typedIn(posted: URLSearchParams): Typed {
  const typed = new Map<string, string>();
  for (const [name, text] of posted) {
    const field = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
    if (field !== null && !typed.has(field)) typed.set(field, text.replaceAll('\r\n', '\n'));
  }
  return typed;
}

/** A field that was left empty has no value. */
export function valuesIn(form: JsonObject, typed: Typed): JsonObject {
  const fields = new Map(fieldsOf(form).map((field) => [field.name, field]));
  return Object.fromEntries(
    [...typed].flatMap(([name, text]) => {
      if (text.trim() === '') return [];
      const field = fields.get(name);
      return [[name, field === undefined ? text : valueOf(field, text)] as const];
    }),
  );
}

function valueOf(field: FormField, text: string): Json {
  switch (field.kind) {
    case 'choice':
      return field.options[/^\d{1,4}$/.test(text) ? Number(text) : -1]?.value ?? text;
    case 'number':
    case 'integer':
      return numberOf(text.trim()) ?? text;
    case 'text':
      return textOf(field.format, text);
  }
}

/** Null for what is no decimal, and for one with more digits than a number keeps. */
function numberOf(text: string): number | null {
  const match = /^[-+]?(\d{1,40})(?:\.(\d{1,40}))?$/.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = ''] = match;
  const value = Number(text);
  const digits = `${whole}${fraction.replace(/0+$/, '')}`.replace(/^0+/, '');
  if (Number.isInteger(value) ? !Number.isSafeInteger(value) : digits.length > 15) return null;
  return Object.is(value, -0) ? 0 : value;
}

/** Times as browsers send them, completed to what the formats mean: no time zone is UTC, as the page says. */
function textOf(format: string | null, text: string): string {
  const trimmed = text.trim();
  if (format === 'date-time') {
    const local = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?$/.exec(trimmed);
    return local === null ? trimmed : `${local[1]}${local[2] ?? ':00'}Z`;
  }
  if (format === 'time' && /^\d{2}:\d{2}$/.test(trimmed)) return `${trimmed}:00`;
  return text.includes('\n') ? text : trimmed;
}
