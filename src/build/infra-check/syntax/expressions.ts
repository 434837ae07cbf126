/**
 * From tree-sitter nodes to our expressions and types. Apart from the statements because it also repairs one thing:
 * the grammar binds `.name`, `[i]` and calls looser than operators, so `a && b.c` arrives as `(a && b).c`.
 */
import type { Node } from 'web-tree-sitter';
import type { Expr, Position, Property, TypeExpr } from './ast.ts';

export function at(node: Node): Position {
  return { line: node.startPosition.row + 1, column: node.startPosition.column + 1 };
}

/** Children that carry meaning: no punctuation, no comments. */
export function parts(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && !child.type.endsWith('comment'));
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

function plain(text: string): string {
  return text.replace(/\\u\{([0-9a-fA-F]+)\}|\\(.)/g, (_, hex: string | undefined, char: string | undefined) =>
    hex !== undefined ? String.fromCodePoint(Number.parseInt(hex, 16)) : (escapes[char ?? ''] ?? char ?? ''),
  );
}

function stringOf(node: Node): Expr {
  if (node.text.startsWith("'''"))
    return { node: 'string', parts: [node.text.slice(3, -3).replace(/^\r?\n/, '')], at: at(node) };
  const found: (string | Expr)[] = [];
  let from = node.startIndex + 1;
  const raw = (to: number): void => {
    const piece = plain(node.text.slice(from - node.startIndex, to - node.startIndex));
    if (piece !== '') found.push(piece);
  };
  for (const child of parts(node)) {
    if (child.type !== 'interpolation') continue;
    raw(child.startIndex);
    found.push(expression(only(child)));
    from = child.endIndex;
  }
  raw(node.endIndex - 1);
  return { node: 'string', parts: found, at: at(node) };
}

function only(node: Node): Node {
  const [first] = parts(node);
  if (first === undefined) throw new Error(`${node.type} at line ${at(node).line} is empty`);
  return first;
}

function field(node: Node, name: string): Node {
  const child = node.childForFieldName(name);
  if (child === null) throw new Error(`${node.type} at line ${at(node).line} has no ${name}`);
  return child;
}

/** Applies a postfix (`.name`, `[i]`, `(…)`) where the language means it: to the last operand. */
function postfix(of: Expr, wrap: (inner: Expr) => Expr): Expr {
  if (of.node === 'binary') return { ...of, right: postfix(of.right, wrap) };
  if (of.node === 'unary') return { ...of, of: postfix(of.of, wrap) };
  if (of.node === 'ternary') return { ...of, no: postfix(of.no, wrap) };
  if (of.node === 'lambda') return { ...of, body: postfix(of.body, wrap) };
  return wrap(of);
}

/** The grammar ends a lambda before the operator that belongs to its body. */
function inside(of: Expr, wrap: (inner: Expr) => Expr): Expr {
  return of.node === 'lambda' ? { ...of, body: inside(of.body, wrap) } : wrap(of);
}

function lambdaParams(node: Node): string[] {
  return node.type === 'identifier' ? [node.text] : parts(node).map((child) => child.text);
}

export function property(node: Node): Property {
  const [key, value] = parts(node);
  if (key === undefined || value === undefined) throw new Error(`property at line ${at(node).line} is incomplete`);
  const quoted = key.type === 'string';
  const text = quoted ? stringOf(key) : null;
  const literal =
    text?.node === 'string' && text.parts.every((part) => typeof part === 'string') ? text.parts.join('') : null;
  return {
    key: quoted ? literal : key.text,
    computed: quoted && literal === null ? text : null,
    quoted,
    value: expression(value),
    at: at(node),
  };
}

export function expression(node: Node): Expr {
  const here = at(node);
  const inner = parts(node);
  switch (node.type) {
    case 'string':
      return stringOf(node);
    case 'number':
      return { node: 'number', value: Number(node.text), at: here };
    case 'boolean':
      return { node: 'bool', value: node.text === 'true', at: here };
    case 'null':
      return { node: 'null', at: here };
    case 'identifier':
      return { node: 'name', name: node.text, at: here };
    case 'parenthesized_expression':
      return { node: 'group', of: expression(only(node)), at: here };
    case 'member_expression': {
      const tokens = node.children.map((child) => child?.type);
      const sure = tokens.includes('!');
      const safe = sure || tokens.includes('.?');
      const name = field(node, 'property').text;
      return postfix(expression(field(node, 'object')), (of) => ({
        node: 'member',
        of,
        name,
        safe,
        sure,
        at: at(field(node, 'property')),
      }));
    }
    case 'subscript_expression': {
      const index = expression(field(node, 'index'));
      const safe = node.children.some((child) => child?.type === '?');
      return postfix(expression(field(node, 'object')), (of) => ({ node: 'index', of, index, safe, at: here }));
    }
    case 'call_expression': {
      const args = parts(field(node, 'arguments')).map(expression);
      return postfix(expression(field(node, 'function')), (callee) => ({ node: 'call', callee, args, at: here }));
    }
    case 'unary_expression':
      return { node: 'unary', op: field(node, 'operator').type, of: expression(field(node, 'argument')), at: here };
    case 'binary_expression': {
      const op = field(node, 'operator').type;
      const right = expression(field(node, 'right'));
      return inside(expression(field(node, 'left')), (left) => ({ node: 'binary', op, left, right, at: here }));
    }
    case 'ternary_expression': {
      const yes = expression(field(node, 'consequence'));
      const no = expression(field(node, 'alternative'));
      return inside(expression(field(node, 'condition')), (test) => ({ node: 'ternary', test, yes, no, at: here }));
    }
    case 'lambda_expression': {
      const [params, body] = inner;
      if (params === undefined || body === undefined) throw new Error(`lambda at line ${here.line} is incomplete`);
      return { node: 'lambda', params: lambdaParams(params), body: expression(body), at: here };
    }
    case 'object':
      return {
        node: 'object',
        props: inner.filter((child) => child.type === 'object_property').map(property),
        at: here,
      };
    case 'array':
      return { node: 'array', items: inner.map(expression), at: here };
    case 'if_statement': {
      const [test, body] = inner;
      if (test === undefined || body === undefined) throw new Error(`condition at line ${here.line} is incomplete`);
      return { node: 'if', test: expression(test), body: expression(body), at: here };
    }
    case 'for_statement': {
      const loop = inner.find((child) => child.type === 'for_loop_parameters');
      const names = loop ? parts(loop).map((child) => child.text) : [field(node, 'initializer').text];
      const body = field(node, 'body');
      const list = inner.find(
        (child) =>
          child.id !== loop?.id && child.id !== body.id && child.id !== node.childForFieldName('initializer')?.id,
      );
      if (list === undefined) throw new Error(`loop at line ${here.line} has no list`);
      return {
        node: 'for',
        item: names[0] ?? '',
        index: names[1] ?? null,
        list: expression(list),
        body: expression(body),
        at: here,
      };
    }
    default:
      throw new Error(`no rule for ${node.type} at line ${here.line}`);
  }
}

export function typeExpression(node: Node): TypeExpr {
  const here = at(node);
  switch (node.type) {
    case 'type':
    case 'parenthesized_type':
      return typeExpression(only(node));
    case 'primitive_type':
    case 'identifier':
      return { type: 'name', name: node.text, at: here };
    case 'string': {
      const text = stringOf(node);
      return { type: 'literal', value: text.node === 'string' ? text.parts.join('') : '', at: here };
    }
    case 'number':
      return { type: 'literal', value: Number(node.text), at: here };
    case 'boolean':
      return { type: 'literal', value: node.text === 'true', at: here };
    case 'null':
      return { type: 'literal', value: null, at: here };
    case 'array_type':
      return { type: 'array', of: typeExpression(only(node)), at: here };
    case 'nullable_type':
      return { type: 'nullable', of: typeExpression(only(node)), at: here };
    case 'union_type':
    case 'binary_expression':
      return { type: 'union', of: parts(node).map(typeExpression), at: here };
    case 'object': {
      const members = parts(node).filter((child) => child.type === 'object_property');
      return { type: 'object', members: members.map(member), at: here };
    }
    default:
      throw new Error(`no rule for the type ${node.type} at line ${here.line}`);
  }
}

function member(node: Node): { name: string; of: TypeExpr } {
  const [name, of] = parts(node);
  if (name === undefined || of === undefined) throw new Error(`member at line ${at(node).line} is incomplete`);
  return { name: name.text.replace(/\?$/, ''), of: typeExpression(of) };
}
