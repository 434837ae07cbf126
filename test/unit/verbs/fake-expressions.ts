/** Just enough of the two languages for tests of verbs: dotted paths between braces, and comparisons. */
import { isJsonObject, type Json } from '../../../src/domain/json.ts';
import type { Evaluated, Expressions, Scope } from '../../../src/ports/expressions.ts';

class Undefined extends Error {}

function path(text: string, scope: Scope): Json | undefined {
  let at: unknown = scope;
  for (const part of text.trim().split('.')) at = (at as Record<string, unknown> | null | undefined)?.[part];
  return at as Json | undefined;
}

function fill(template: Json, scope: Scope): Json | undefined {
  if (typeof template === 'string') {
    const whole = /^\{\{([^{}]*)\}\}$/.exec(template);
    if (whole !== null) return path(whole[1] as string, scope);
    return template.replaceAll(/\{\{([^{}]*)\}\}/g, (_, inner: string) => String(path(inner, scope)));
  }
  if (Array.isArray(template)) return template.map((entry) => must(fill(entry as Json, scope)));
  if (!isJsonObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).flatMap(([key, value]) => {
      const filled = fill(value, scope);
      return filled === undefined ? [] : [[key, filled] as const];
    }),
  );
}

function must(value: Json | undefined): Json {
  if (value === undefined) throw new Undefined('undefined');
  return value;
}

function caught<Value>(work: () => Value): Evaluated<Value> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    const code = error instanceof Undefined ? 'EXPRESSION_UNDEFINED' : 'CONDITION_ERROR';
    return { ok: false, code, detail: String(error) };
  }
}

/** `left op right` with paths, numbers and quoted texts; a path that leads nowhere is an error. */
function compare(condition: string, scope: Scope): boolean {
  if (condition === 'true' || condition === 'false') return condition === 'true';
  const match = /^(\S+) (==|>|<|>=|<=) (\S+)$/.exec(condition);
  if (match === null) throw new Error(`cannot read ${condition}`);
  const [left, right] = [match[1] as string, match[3] as string].map((text) =>
    /^[-\d.]+$/.test(text) ? Number(text) : text.startsWith("'") ? text.slice(1, -1) : must(path(text, scope)),
  );
  if (typeof left !== typeof right) throw new TypeError('types differ');
  const [a, b] = [left as number, right as number];
  return { '==': a === b, '>': a > b, '<': a < b, '>=': a >= b, '<=': a <= b }[match[2] as '==']!;
}

export const fakeExpressions: Expressions = {
  value: async (template, scope) => caught(() => must(fill(template, scope))),
  each: async (template, items, scope) =>
    caught(() => items.map((item, index) => must(fill(template, { ...scope, item, index })))),
  list: async (template, scope) =>
    caught(() => {
      const value = must(fill(template, scope));
      if (!Array.isArray(value)) throw new Error('not a list');
      return value as readonly Json[];
    }),
  condition: async (condition, scope) => {
    const answer = caught(() => compare(condition, scope));
    return answer.ok ? answer : { ...answer, code: 'CONDITION_ERROR' };
  },
  close: async () => undefined,
};
