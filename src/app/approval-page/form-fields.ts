/** From the form of a request, what was typed and what is wrong with it to the fields of the page. */
import { fieldsOf, type FormField } from '../../domain/governance/form.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Violation } from '../../domain/schema/validate.ts';
import { inputName, type Typed } from './form-values.ts';
import type { PageField, PageForm, PageValue } from './model.ts';

/** Texts that may grow longer than this get several lines. */
const ONE_LINE = 200;

/** `typed` null: the page is opened, and shows what the author suggests. `violations` point into the values. */
export function formOnPage(form: JsonObject, typed: Typed | null, violations: readonly Violation[]): PageForm {
  const fields = fieldsOf(form).map((field) => pageField(field, typed, violations));
  const known = new Set(fields.map((field) => `/${field.name}`));
  const others = violations.filter(({ pointer }) => !known.has(pointer));
  return {
    title: textIn(form['title']),
    description: textIn(form['description']),
    fields,
    error: others.length === 0 ? null : [...new Set(others.map(wordsAbout))].join(' '),
  };
}

const textIn = (value: Json | undefined): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

function pageField(field: FormField, typed: Typed | null, violations: readonly Violation[]): PageField {
  const found = violations.find(({ pointer }) => pointer === `/${field.name}`);
  return {
    name: field.name,
    input: inputName(field.name),
    label: field.label,
    hint: field.hint,
    expected: expectedOf(field),
    required: field.required,
    control: controlOf(field),
    maxLength: field.maxLength,
    options: field.options.map((option, at) => ({ label: option.label, value: String(at) })),
    value: typed === null ? suggestion(field) : (typed.get(field.name) ?? ''),
    error: found === undefined ? null : wordsFor(found, field),
  };
}

function controlOf(field: FormField): PageField['control'] {
  if (field.kind === 'choice') return 'select';
  if (field.kind === 'integer') return 'numeric';
  if (field.kind === 'number') return 'decimal';
  const byFormat = CONTROLS[field.format ?? ''];
  if (byFormat !== undefined) return byFormat;
  const short = field.format !== null || field.pattern !== null || (field.maxLength ?? Infinity) <= ONE_LINE;
  return short ? 'text' : 'lines';
}

const CONTROLS: Readonly<Record<string, PageField['control']>> = {
  date: 'date',
  'date-time': 'datetime-local',
  time: 'time',
  email: 'email',
  uri: 'url',
};
const EXPECTED: Readonly<Record<string, string>> = {
  'date-time': 'Time in UTC',
  duration: 'A duration such as P2D or PT4H',
  uri: 'An address such as https://example.com',
  uuid: 'An identifier such as 123e4567-e89b-42d3-a456-426614174000',
};

/** What can be typed, where that cannot be seen. */
function expectedOf({ kind, format, maxLength, minimum, maximum }: FormField): string | null {
  if (kind === 'choice') return null;
  if (kind === 'text')
    return EXPECTED[format ?? ''] ?? (maxLength === null ? null : `Up to ${maxLength.toLocaleString('en')} characters`);
  const from = minimum === null ? '' : ` from ${minimum.toLocaleString('en')}`;
  const to = maximum === null ? '' : ` up to ${maximum.toLocaleString('en')}`;
  return `A ${kind === 'integer' ? 'whole number' : 'number'}${from}${to}`;
}

function suggestion({ kind, format, options, suggested }: FormField): string {
  if (suggested === undefined) return '';
  if (kind === 'choice') {
    const at = options.findIndex(({ value }) => value === suggested);
    return at < 0 ? '' : String(at);
  }
  if (format === 'date-time') return new Date(String(suggested)).toISOString().replace(/(:00)?\.000Z$|Z$/, '');
  return String(suggested);
}

/** For people who never saw a schema; what has no words here says what is expected in the schema's own. */
function wordsFor({ keyword, message }: Violation, field: FormField): string {
  if (keyword === 'required') return field.kind === 'choice' ? 'Choose one.' : 'Fill this in.';
  if (field.kind === 'choice') return 'Choose one of the list.';
  if (keyword === 'type' && field.kind === 'integer') return 'Write a whole number, with at most 15 digits.';
  if (keyword === 'type') return 'Write a number such as 12.5, with at most 15 digits.';
  if (keyword === 'pattern') return `This does not have the form that is asked for, ${field.pattern ?? ''}`;
  if (keyword === 'format' && field.format === 'date') return 'Write a date such as 2026-11-30.';
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

const wordsAbout = ({ keyword, message }: Violation): string =>
  keyword === 'additionalProperties' ? 'Something was sent that is not asked here.' : `The answers ${message}.`;

/** Values that stand, in the words of the form. */
export function valuesOnPage(form: JsonObject | null, values: JsonObject): readonly PageValue[] {
  const fields = new Map((form === null ? [] : fieldsOf(form)).map((field) => [field.name, field]));
  return Object.entries(values).map(([name, value]) => {
    const field = fields.get(name);
    const option = field?.options.find((each) => each.value === value);
    return { label: field?.label ?? name, value: option?.label ?? value };
  });
}
