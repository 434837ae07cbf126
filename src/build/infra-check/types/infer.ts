/**
 * The type of every expression, and with it the resolution of every name: a name, property, function or number of
 * arguments that is wrong is reported here and nowhere else. It must be called once for every expression of a file.
 */
import type { Report } from '../finding.ts';
import type { Expr } from '../syntax/ast.ts';
import { argumentKind, functions, lambdas } from './functions.ts';
import { any, anyArray, anyObject, bool, fromJson, int, text, union } from './type.ts';
import type { Member, Type } from './type.ts';

export interface Context {
  /** The type of a declared name, or null; marks it as used. */
  lookup(name: string): Type | null;
  /** JSON content of a file beside the template, or undefined when there is none. */
  json(path: string): unknown;
  exists(path: string): boolean;
  readonly place: 'template' | 'default' | 'parameters';
  readonly report: Report;
}

type Locals = ReadonlyMap<string, Type>;
const none: Locals = new Map();

export function infer(expr: Expr, context: Context, locals: Locals = none): Type {
  const { report } = context;
  const visit = (inner: Expr, scope: Locals = locals): Type => infer(inner, context, scope);
  switch (expr.node) {
    case 'string': {
      const pieces = expr.parts.map((part) => (typeof part === 'string' ? fromJson(part) : visit(part)));
      if (expr.parts.every((part) => typeof part === 'string')) return fromJson(expr.parts.join(''));
      return interpolated(pieces);
    }
    case 'number':
      return { kind: 'int', values: [expr.value] };
    case 'bool':
      return { kind: 'bool', value: expr.value };
    case 'null':
      return { kind: 'null' };
    case 'name': {
      const found = locals.get(expr.name) ?? context.lookup(expr.name);
      if (!found) report(expr.at, 'BCP057', `the name "${expr.name}" does not exist here`);
      return found ?? any;
    }
    case 'group':
      return visit(expr.of);
    case 'member': {
      const of = visit(expr.of);
      const member = memberOf(of, expr.name, expr.safe, (code, message) => report(expr.at, code, message));
      return of.kind === 'maybe' && expr.safe && !expr.sure ? { kind: 'maybe', of: member } : member;
    }
    case 'index': {
      const of = visit(expr.of);
      const index = visit(expr.index);
      if (of.kind === 'array') {
        expect(index, 'int', expr.index, 'BCP074', context);
        return of.item;
      }
      const keys = literals(index);
      if (of.kind === 'object' && keys) {
        const known = keys.map((key) =>
          memberOf(of, key, expr.safe, (code, message) => report(expr.at, code, message)),
        );
        return union(known);
      }
      return any;
    }
    case 'call':
      return call(expr, context, locals);
    case 'unary':
      expect(visit(expr.of), expr.op === '!' ? 'bool' : 'int', expr.of, 'BCP044', context);
      return expr.op === '!' ? bool : int;
    case 'binary': {
      const left = visit(expr.left);
      const right = visit(expr.right);
      if (expr.op === '??') return union([left.kind === 'maybe' ? left.of : left, right]);
      const arithmetic = ['+', '-', '*', '/', '%'].includes(expr.op);
      const operand = arithmetic ? 'int' : ['&&', '||'].includes(expr.op) ? 'bool' : null;
      if (operand)
        for (const [type, side] of [
          [left, expr.left],
          [right, expr.right],
        ] as const)
          expect(type, operand, side, 'BCP045', context);
      if (/^[<>]/.test(expr.op) && (left.kind === 'int' || left.kind === 'string'))
        expect(right, left.kind, expr.right, 'BCP045', context);
      return arithmetic ? int : bool;
    }
    case 'ternary':
      expect(visit(expr.test), 'bool', expr.test, 'BCP046', context);
      return union([visit(expr.yes), visit(expr.no)]);
    case 'lambda':
      return visit(expr.body, new Map([...locals, ...expr.params.map((param): [string, Type] => [param, any])]));
    case 'object': {
      const members = new Map<string, Member>();
      for (const prop of expr.props) {
        if (prop.computed) visit(prop.computed);
        if (prop.key !== null && members.has(prop.key))
          report(prop.at, 'BCP025', `the property "${prop.key}" is there twice`);
        members.set(prop.key ?? '', { type: visit(prop.value), required: true, readOnly: false });
      }
      return expr.props.some((prop) => prop.key === null)
        ? anyObject
        : { kind: 'object', members: () => members, rest: null };
    }
    case 'array':
      return { kind: 'array', item: union(expr.items.map((item) => visit(item))) };
    case 'for': {
      const list = visit(expr.list);
      if (list.kind !== 'array' && list.kind !== 'any') report(expr.list.at, 'BCP137', 'a loop needs an array');
      const inner = new Map(locals);
      inner.set(expr.item, list.kind === 'array' ? list.item : any);
      if (expr.index !== null) inner.set(expr.index, int);
      return { kind: 'array', item: visit(expr.body, inner) };
    }
    case 'if':
      expect(visit(expr.test), 'bool', expr.test, 'BCP046', context);
      return visit(expr.body);
  }
}

/** The texts that a value can be, when they are all known. */
function literals(type: Type): readonly string[] | null {
  if (type.kind === 'string') return type.values ?? null;
  if (type.kind !== 'union') return null;
  const each = type.of.map(literals);
  return each.includes(null) ? null : each.flatMap((one) => one ?? []);
}

/** Reports an operand, a condition or an argument that cannot be of the kind that is needed there. */
function expect(type: Type, kind: Type['kind'], expr: Expr, code: string, { report }: Context): void {
  const wrong = (one: Type): boolean =>
    one.kind === 'union'
      ? one.of.some(wrong)
      : one.kind === 'maybe'
        ? wrong(one.of)
        : one.kind !== 'any' && one.kind !== 'null' && one.kind !== kind;
  if (wrong(type)) report(expr.at, code, `this must be ${kind}, not ${type.kind}`);
}

function interpolated(pieces: readonly Type[]): Type {
  let min = 0;
  let max: number | undefined = 0;
  for (const piece of pieces) {
    const one = piece.kind === 'string' ? piece : { min: 0, max: undefined };
    min += one.min ?? 0;
    max = max === undefined || one.max === undefined ? undefined : max + one.max;
  }
  return max === undefined ? { kind: 'string', min } : { kind: 'string', min, max };
}

/** The type of a property; `fail` hears of one that cannot be there. */
export function memberOf(of: Type, key: string, safe: boolean, fail: (code: string, message: string) => void): Type {
  if (of.kind === 'maybe') {
    if (!safe) fail('BCP318', `the value before ".${key}" may be null because its declaration has a condition`);
    return memberOf(of.of, key, safe, fail);
  }
  if (of.kind === 'union')
    return union(of.of.filter((one) => one.kind !== 'null').map((one) => memberOf(one, key, safe, fail)));
  if (of.kind === 'choice') return any;
  if (of.kind === 'any') return any;
  if (of.kind !== 'object') {
    fail('BCP055', `a value of type ${of.kind} has no property "${key}"`);
    return any;
  }
  const member = of.members().get(key);
  if (member) return member.type;
  if (!of.rest)
    fail('BCP053', `there is no property "${key}"; known are ${[...of.members().keys()].slice(0, 20).join(', ')}`);
  return of.rest ?? any;
}

function call(expr: Extract<Expr, { node: 'call' }>, context: Context, locals: Locals): Type {
  const { callee, args } = expr;
  const name = callee.node === 'name' || callee.node === 'member' ? callee.name : '';
  const types = args.map((arg) =>
    arg.node === 'lambda' ? lambdaOf(arg, args[0], context, locals) : infer(arg, context, locals),
  );
  const known = callee.node === 'name' ? functions.get(name) : undefined;
  if (!known) {
    if (/^(list[A-Z]\w*|reference|getSecret)$/.test(name))
      context.report(
        expr.at,
        'infra-no-keys',
        `${name}() reads a key or runtime state; use identities and symbolic names`,
      );
    else context.report(expr.at, 'BCP082', `there is no function "${name}" that templates here may call`);
    return any;
  }
  if (args.length < known.least || args.length > known.most)
    context.report(expr.at, 'BCP071', `${name}() takes ${known.least} to ${known.most} arguments, not ${args.length}`);
  if (known.only !== undefined && known.only !== context.place)
    context.report(
      expr.at,
      'BCP065',
      `${name}() can be called in ${known.only === 'default' ? 'the default of a parameter' : 'a parameter file'} only`,
    );
  args.forEach((arg, index) => {
    const kind = argumentKind(name, index);
    const type = types[index];
    const [fewest, most] = lambdas[name] ?? [0, 9];
    if (arg.node === 'lambda' && (arg.params.length < fewest || arg.params.length > most))
      context.report(arg.at, 'BCP070', `${name}() hands over ${fewest} to ${most} values, not ${arg.params.length}`);
    if (kind && type && !(kind === 'object' && type.kind === 'choice')) expect(type, kind, arg, 'BCP070', context);
  });
  return result(name, types, args, known.gives, context);
}

function lambdaOf(
  arg: Extract<Expr, { node: 'lambda' }>,
  list: Expr | undefined,
  context: Context,
  locals: Locals,
): Type {
  const quiet: Context = { ...context, report: () => undefined };
  const source = list ? infer(list, quiet, locals) : any;
  const item = source.kind === 'array' ? source.item : any;
  return infer(arg.body, context, new Map([...locals, ...arg.params.map((param): [string, Type] => [param, item])]));
}

function result(name: string, types: readonly Type[], args: readonly Expr[], gives: Type, context: Context): Type {
  const [first, second] = types;
  if (name === 'loadJsonContent' || name === 'loadTextContent') {
    const path = first?.kind === 'string' ? (first.values?.[0] ?? '') : '';
    if (!context.exists(path))
      context.report(args[0]?.at ?? { line: 1, column: 1 }, 'BCP091', `there is no file "${path}"`);
    const json = name === 'loadTextContent' ? undefined : context.json(path);
    return name === 'loadTextContent' ? text : json === undefined ? any : fromJson(json);
  }
  if (name === 'filter' && first) return first;
  if (name === 'map' && second) return { kind: 'array', item: second };
  if (name === 'concat')
    return types.every((type) => type.kind === 'array')
      ? { kind: 'array', item: union(types.map((type) => (type.kind === 'array' ? type.item : any))) }
      : gives;
  if (name === 'union')
    return types.every((type) => type.kind === 'array')
      ? anyArray
      : types.every((type) => type.kind === 'object')
        ? anyObject
        : any;
  if (name === 'take' && first?.kind === 'string' && second?.kind === 'int')
    return { kind: 'string', max: second.values?.[0] ?? 0 };
  if (name === 'readEnvironmentVariable') return text;
  return gives;
}
