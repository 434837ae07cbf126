/**
 * Whether an expression may stand where a type is expected. Walks object and array literals member by member, so that a
 * finding names the property and its line; everything else is compared by its inferred type.
 */
import type { Report } from '../finding.ts';
import type { Expr, Property } from '../syntax/ast.ts';
import { name } from './type.ts';
import type { Type } from './type.ts';

export type Infer = (expr: Expr) => Type;

/** Reports every place where `expr` does not fit `target`. Names are not resolved here. */
export function assign(expr: Expr, target: Type, infer: Infer, report: Report, what: string): void {
  if (target.kind === 'any') return;
  switch (expr.node) {
    case 'group':
      return assign(expr.of, target, infer, report, what);
    case 'ternary':
      assign(expr.yes, target, infer, report, what);
      return assign(expr.no, target, infer, report, what);
    case 'if':
      return assign(expr.body, target, infer, report, what);
    case 'null':
      return;
    case 'object':
      return assignObject(expr, expr.props, target, infer, report, what);
    case 'array':
    case 'for': {
      const list = target.kind === 'union' ? target.of.find((one) => one.kind === 'array') : target;
      if (list?.kind !== 'array') return report(expr.at, 'BCP036', `${what} expects ${name(target)}, not an array`);
      const items = expr.node === 'array' ? expr.items : [expr.body];
      items.forEach((item) => assign(item, list.item, infer, report, `an item of ${what}`));
      return;
    }
    default: {
      const problem = mismatch(infer(expr), target);
      if (problem) report(expr.at, problem.code, `${what} ${problem.message}`);
    }
  }
}

function assignObject(
  expr: Expr,
  props: readonly Property[],
  target: Type,
  infer: Infer,
  report: Report,
  what: string,
): void {
  const literal = (key: string): string | null => {
    const value = props.find((prop) => prop.key === key)?.value;
    return value?.node === 'string' ? value.parts.join('') : null;
  };
  let shape: Type | undefined =
    target.kind === 'union' ? target.of.find((one) => one.kind === 'object' || one.kind === 'any') : target;
  if (shape?.kind === 'choice') {
    const by = literal(shape.by);
    if (by === null) return report(expr.at, 'BCP035', `${what} needs the property "${shape.by}"`);
    const variant = shape.variants().get(by);
    if (!variant) return report(expr.at, 'BCP036', `${what}: "${shape.by}" cannot be '${by}'`);
    shape = variant;
  }
  if (shape?.kind === 'any') return;
  if (shape?.kind !== 'object') return report(expr.at, 'BCP036', `${what} expects ${name(target)}, not an object`);
  const members = shape.members();
  for (const prop of props) {
    if (prop.key === null) continue;
    const member = members.get(prop.key);
    if (!member) {
      if (shape.rest) assign(prop.value, shape.rest, infer, report, `"${prop.key}"`);
      else
        report(
          prop.at,
          'BCP037',
          `the property "${prop.key}" is not allowed in ${what}${hint(prop.key, members.keys())}`,
        );
    } else if (member.readOnly) report(prop.at, 'BCP073', `the property "${prop.key}" is read-only`);
    else assign(prop.value, member.type, infer, report, `"${prop.key}"`);
  }
  const missing = [...members].filter(
    ([key, member]) => member.required && !member.readOnly && !props.some((prop) => prop.key === key),
  );
  if (missing.length > 0) report(expr.at, 'BCP035', `${what} lacks: ${missing.map(([key]) => `"${key}"`).join(', ')}`);
}

/** The nearest member by spelling, for the message only. */
function hint(key: string, known: Iterable<string>): string {
  const near = [...known].find(
    (one) => one.toLowerCase() === key.toLowerCase() || (one.length > 4 && distance(one, key) <= 2),
  );
  return near ? `; did you mean "${near}"?` : '';
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Why a value of type `source` does not fit `target`, or null. */
export function mismatch(source: Type, target: Type): { code: string; message: string } | null {
  if (source.kind === 'any' || source.kind === 'null' || target.kind === 'any') return null;
  if (target.kind === 'maybe') return mismatch(source.kind === 'maybe' ? source.of : source, target.of);
  if (source.kind === 'maybe') return { code: 'BCP321', message: `expects ${name(target)}, and this may be null` };
  if (source.kind === 'union')
    return source.of.map((one) => mismatch(one, target)).find((problem) => problem !== null) ?? null;
  if (target.kind === 'union') {
    const problems = target.of.map((one) => mismatch(source, one));
    return problems.includes(null) ? null : { code: 'BCP036', message: `expects ${name(target)}, not ${name(source)}` };
  }
  if (source.kind !== target.kind && !(source.kind === 'object' && target.kind === 'choice'))
    return { code: 'BCP036', message: `expects ${name(target)}, not ${name(source)}` };
  if (source.kind === 'string' && target.kind === 'string') return strings(source, target);
  if (source.kind === 'int' && target.kind === 'int' && target.values) {
    const wrong = source.values?.filter((value) => !target.values?.includes(value));
    if (!source.values || wrong?.length)
      return { code: 'BCP036', message: `expects ${name(target)}, not ${name(source)}` };
  }
  if (source.kind === 'array' && target.kind === 'array') return mismatch(source.item, target.item);
  if (source.kind === 'object' && target.kind === 'object') return objects(source, target);
  return null;
}

type Strings = Extract<Type, { kind: 'string' }>;

function strings(source: Strings, target: Strings): { code: string; message: string } | null {
  if (target.values) {
    if (!source.values) return { code: 'BCP036', message: `expects ${name(target)}, not any string` };
    const wrong = source.values.filter((value) => !target.values?.includes(value));
    if (wrong.length > 0) return { code: 'BCP036', message: `expects ${name(target)}, not '${wrong[0]}'` };
  }
  if (source.max !== undefined && target.max !== undefined && source.max > target.max)
    return { code: 'BCP335', message: `can be ${source.max} characters long, ${target.max} are allowed` };
  if (source.min !== undefined && target.min !== undefined && source.min < target.min)
    return { code: 'BCP334', message: `can be ${source.min} characters short, ${target.min} are needed` };
  const pattern = target.pattern === undefined ? null : new RegExp(target.pattern);
  const odd = source.values?.find((value) => pattern && !pattern.test(value));
  return odd === undefined ? null : { code: 'BCP036', message: `'${odd}' does not match ${target.pattern}` };
}

type Objects = Extract<Type, { kind: 'object' }>;

function objects(source: Objects, target: Objects): { code: string; message: string } | null {
  if (source.rest) return null;
  const given = source.members();
  const wanted = target.members();
  for (const [key, member] of wanted) {
    const own = given.get(key);
    if (!own && member.required && !member.readOnly) return { code: 'BCP035', message: `lacks "${key}"` };
    const problem = own ? mismatch(own.type, member.type) : null;
    if (problem) return { code: problem.code, message: `"${key}" ${problem.message}` };
  }
  if (target.rest) return null;
  const extra = [...given.keys()].find((key) => !wanted.has(key));
  return extra === undefined ? null : { code: 'BCP037', message: `does not allow "${extra}"` };
}
