/**
 * Paths with `{name}` in them, as connector documents declare them. Every value is encoded on its own, and a value that
 * a server could read as a step up the path is refused. Pure.
 */
import { StepFault } from '../../domain/errors.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { hasDotSegment } from './target.ts';

const HOLE = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export function holesOf(template: string): readonly string[] {
  return [...template.matchAll(HOLE)].map((match) => match[1] as string);
}

/** Problems of a template as its author wrote it. */
export function templateProblem(template: string): string | null {
  if (!template.startsWith('/') || template.startsWith('//')) return 'a path starts with one slash';
  const filled = template.replace(HOLE, 'x');
  if (!/^[!$&-;=?@A-Z_a-z~%[\]]*$/.test(filled))
    return 'a path holds a character that is not encoded, or an open brace';
  if (hasDotSegment(filled.split('?', 1)[0] as string)) return 'a path may not hold dot segments';
  return null;
}

export function fillTemplate(template: string, values: Readonly<Record<string, Json>>): string {
  return template.replace(HOLE, (_, name: string) => {
    const text = scalarText(Object.hasOwn(values, name) ? values[name] : undefined);
    if (text === null || text === '')
      throw new StepFault('INVALID_RECORD', `the path needs a text or a number for \`${name}\``);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (hasDotSegment(text) || /[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed())
      throw new StepFault('INVALID_RECORD', `the value for \`${name}\` may not stand in a path`);
    return encodeURIComponent(text);
  });
}

/** Query values as text: scalars, lists of scalars; null and absent are left out. */
export function queryOf(values: Readonly<Record<string, Json>>): Record<string, string | readonly string[]> {
  const out: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === null) continue;
    if (Array.isArray(value)) out[name] = value.map((item) => queryText(name, item as Json));
    else out[name] = queryText(name, value);
  }
  return out;
}

export function scalarText(value: Json | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function queryText(name: string, value: Json): string {
  const text = scalarText(value);
  if (text === null || !text.isWellFormed() || isJsonObject(value))
    throw new StepFault('INVALID_RECORD', `the query value \`${name}\` is neither text, number nor boolean`);
  return text;
}
