/** Visits every expression of a file or of an expression, outermost first. */
import type { Declaration, Expr } from './ast.ts';

export function children(expr: Expr): Expr[] {
  switch (expr.node) {
    case 'string':
      return expr.parts.filter((part): part is Expr => typeof part !== 'string');
    case 'member':
    case 'unary':
    case 'group':
      return [expr.of];
    case 'index':
      return [expr.of, expr.index];
    case 'call':
      return [expr.callee, ...expr.args];
    case 'binary':
      return [expr.left, expr.right];
    case 'ternary':
      return [expr.test, expr.yes, expr.no];
    case 'lambda':
      return [expr.body];
    case 'object':
      return expr.props.flatMap((prop) => (prop.computed ? [prop.computed, prop.value] : [prop.value]));
    case 'array':
      return [...expr.items];
    case 'for':
      return [expr.list, expr.body];
    case 'if':
      return [expr.test, expr.body];
    default:
      return [];
  }
}

export function walk(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  for (const child of children(expr)) walk(child, visit);
}

export function valuesOf(declaration: Declaration): Expr[] {
  if (declaration.kind === 'type') return [];
  return declaration.value === null ? [] : [declaration.value];
}

export function walkAll(
  declarations: readonly Declaration[],
  visit: (expr: Expr, declaration: Declaration) => void,
): void {
  for (const declaration of declarations)
    for (const value of valuesOf(declaration)) walk(value, (expr) => visit(expr, declaration));
}

/** The object literal of a resource or module, under its loop and condition. */
export function bodyOf(expr: Expr): Extract<Expr, { node: 'object' }> | null {
  if (expr.node === 'object') return expr;
  return expr.node === 'for' || expr.node === 'if' ? bodyOf(expr.body) : null;
}

/** The value at a path of property names in nested object literals, or null. */
export function find(expr: Expr | null, ...path: string[]): Expr | null {
  const [key, ...rest] = path;
  if (expr === null || key === undefined) return expr;
  const body = bodyOf(expr.node === 'group' ? expr.of : expr);
  const prop = body?.props.find((one) => one.key === key);
  return prop ? find(prop.value, ...rest) : null;
}

/** The text of a string literal without interpolation, or null. */
export function literalOf(expr: Expr | null): string | null {
  if (expr?.node !== 'string') return null;
  return expr.parts.every((part) => typeof part === 'string') ? expr.parts.join('') : null;
}

/** Every name that an expression mentions. */
export function namesIn(expr: Expr): Set<string> {
  const found = new Set<string>();
  walk(expr, (inner) => {
    if (inner.node === 'name') found.add(inner.name);
  });
  return found;
}
