/**
 * The subset of Cosmos SQL that the product's queries and their rewritten forms use: SELECT [TOP n] (* | VALUE x | list) FROM c
 * [WHERE …] [ORDER BY …]. Comparisons of different types are undefined, and what is undefined matches nothing. Anything else is
 * refused, so that a query that nobody thought of does not pass by accident.
 */

type Value = unknown;
type Scope = { readonly c: Value; readonly parameters: ReadonlyMap<string, Value> };
type Expression = (scope: Scope) => Value;

export interface Query {
  readonly top: number | null;
  readonly isValue: boolean;
  readonly project: Expression;
  readonly where: Expression | null;
  readonly order: readonly { readonly text: string; readonly by: Expression; readonly descending: boolean }[];
  /** Paths of the conditions and the order: what the index has to answer. */
  readonly paths: readonly string[];
  /** Texts of the parts, for the rewriting of cross-partition queries. */
  readonly text: { readonly from: string; readonly where: string | null; readonly select: string };
}

export class SqlRefused extends Error {}

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|(@\w+)|([A-Za-z_]\w*)|(<=|>=|!=|<>|[=<>(),.*[\]{}:]))/y;

interface Token {
  readonly kind: 'text' | 'number' | 'parameter' | 'word' | 'sign';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(sql);
    if (match === null) {
      if (sql.slice(from).trim() !== '') throw new SqlRefused(`cannot read: ${sql.slice(from, from + 30)}`);
      return tokens;
    }
    const kinds = ['text', 'number', 'parameter', 'word', 'sign'] as const;
    const at = [1, 2, 3, 4, 5].find((n) => match[n] !== undefined) as number;
    const text = match[at] as string;
    tokens.push({
      kind: kinds[at - 1] as Token['kind'],
      text,
      from: TOKEN.lastIndex - text.length,
      to: TOKEN.lastIndex,
    });
  }
}

export function parseQuery(sql: string): Query {
  const tokens = tokensOf(sql);
  let at = 0;
  const paths = new Set<string>();
  let collecting = false;
  const peek = (text: string): boolean => tokens[at]?.text.toUpperCase() === text;
  const take = (text: string): boolean => {
    if (!peek(text)) return false;
    at += 1;
    return true;
  };
  const need = (text: string): void => {
    if (!take(text)) throw new SqlRefused(`expected ${text}, found ${tokens[at]?.text ?? 'the end'}`);
  };
  const textBetween = (from: number, to: number): string =>
    sql.slice(tokens[from]?.from ?? 0, tokens[to - 1]?.to ?? sql.length);

  function operand(): Expression {
    const token = tokens[at++];
    if (token === undefined) throw new SqlRefused('the query ends too early');
    if (token.kind === 'text') {
      const value = JSON.parse(`"${token.text.slice(1, -1).replaceAll('\\"', '"').replaceAll('"', '\\"')}"`) as string;
      return () => value;
    }
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind === 'parameter')
      return ({ parameters }) => {
        if (!parameters.has(token.text)) throw new SqlRefused(`no parameter ${token.text}`);
        return parameters.get(token.text);
      };
    if (token.text === '(') {
      const inner = or();
      need(')');
      return inner;
    }
    if (token.text === '[') {
      const items: Expression[] = [];
      while (!take(']')) {
        items.push(or());
        take(',');
      }
      return (scope) => items.map((item) => item(scope));
    }
    if (token.text === '{') {
      const fields: [string, Expression][] = [];
      while (!take('}')) {
        const name = (tokens[at++]?.text ?? '').slice(1, -1);
        need(':');
        fields.push([name, or()]);
        take(',');
      }
      return (scope) => objectOf(fields.map(([name, value]) => [name, value(scope)]));
    }
    const word = token.text.toUpperCase();
    if (word === 'TRUE') return () => true;
    if (word === 'FALSE') return () => false;
    if (word === 'NULL') return () => null;
    if (peek('(')) return call(word);
    if (token.text !== 'c') throw new SqlRefused(`unknown name ${token.text}`);
    const path: string[] = [];
    while (take('.')) path.push(tokens[at++]?.text ?? '');
    if (collecting) paths.add(`/${path.join('/')}`);
    return ({ c }) => path.reduce<Value>((value, name) => fieldOf(value, name), c);
  }

  function call(name: string): Expression {
    need('(');
    const given: Expression[] = [];
    while (!take(')')) {
      given.push(or());
      take(',');
    }
    const [first = () => undefined, second = () => undefined] = given;
    if (name === 'IS_DEFINED') return (scope) => first(scope) !== undefined;
    if (name === 'STARTSWITH') return (scope) => String(first(scope)).startsWith(String(second(scope)));
    if (name === 'ARRAY_CONTAINS') return (scope) => (first(scope) as Value[]).some((one) => one === second(scope));
    throw new SqlRefused(`unknown function ${name}`);
  }

  function comparison(): Expression {
    const left = operand();
    const sign = tokens[at]?.text;
    if (sign === undefined || !['=', '!=', '<>', '<', '<=', '>', '>='].includes(sign)) return left;
    at += 1;
    const right = operand();
    return (scope) => compare(sign, left(scope), right(scope));
  }
  function not(): Expression {
    if (!take('NOT')) return comparison();
    const inner = not();
    return (scope) => {
      const value = inner(scope);
      return typeof value === 'boolean' ? !value : undefined;
    };
  }
  function and(): Expression {
    const parts = [not()];
    while (take('AND')) parts.push(not());
    return parts.length === 1 ? (parts[0] as Expression) : (scope) => parts.every((part) => part(scope) === true);
  }
  function or(): Expression {
    const parts = [and()];
    while (take('OR')) parts.push(and());
    return parts.length === 1 ? (parts[0] as Expression) : (scope) => parts.some((part) => part(scope) === true);
  }

  need('SELECT');
  const top = take('TOP') ? Number(tokens[at++]?.text) : null;
  if (top !== null && !Number.isInteger(top)) throw new SqlRefused('TOP needs a number');
  const selectFrom = at;
  const isValue = take('VALUE');
  let project: Expression;
  if (take('*')) project = ({ c }) => c;
  else if (isValue) project = or();
  else {
    const fields: [string, Expression][] = [];
    do {
      const from = at;
      const value = or();
      let name = tokens[at - 1]?.text ?? `$${from}`;
      if (take('AS')) name = tokens[at++]?.text ?? name;
      fields.push([name, value]);
    } while (take(','));
    project = (scope) => objectOf(fields.map(([name, value]) => [name, value(scope)]));
  }
  const select = textBetween(selectFrom, at);
  need('FROM');
  need('C');
  collecting = true;
  let where: Expression | null = null;
  let whereText: string | null = null;
  if (take('WHERE')) {
    const from = at;
    where = or();
    whereText = textBetween(from, at);
  }
  const order: { text: string; by: Expression; descending: boolean }[] = [];
  if (take('ORDER')) {
    need('BY');
    do {
      const from = at;
      const by = operand();
      const text = textBetween(from, at);
      order.push({ text, by, descending: take('DESC') || (take('ASC') && false) });
    } while (take(','));
  }
  if (at < tokens.length) throw new SqlRefused(`cannot read from ${tokens[at]?.text} on`);
  return { top, isValue, project, where, order, paths: [...paths], text: { from: 'c', where: whereText, select } };
}

function fieldOf(value: Value, name: string): Value {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, Value>)[name];
}

/** Undefined fields are left out, as the service does. */
function objectOf(fields: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function compare(sign: string, left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (sign === '=' || sign === '!=' || sign === '<>') {
    if (typeof left !== typeof right || (left === null) !== (right === null))
      return sign === '=' ? undefined : undefined;
    return (left === right) === (sign === '=');
  }
  if (typeof left !== typeof right || left === null || right === null) return undefined;
  const order = left < right ? -1 : left > right ? 1 : 0;
  return sign === '<' ? order < 0 : sign === '<=' ? order <= 0 : sign === '>' ? order > 0 : order >= 0;
}

/** Matching items in order; items without a value to order by are left out, as the service's index does. */
export function evaluate(
  query: Query,
  items: readonly Value[],
  parameters: ReadonlyMap<string, Value>,
): readonly Value[] {
  let found = items.filter((c) => query.where === null || query.where({ c, parameters }) === true);
  for (const { by } of query.order) found = found.filter((c) => by({ c, parameters }) !== undefined);
  if (query.order.length > 0)
    found = found.toSorted((a, b) => {
      for (const { by, descending } of query.order) {
        const [x, y] = [by({ c: a, parameters }), by({ c: b, parameters })] as [string | number, string | number];
        if (x !== y) return x < y === !descending ? -1 : 1;
      }
      return 0;
    });
  if (query.top !== null) found = found.slice(0, query.top);
  return found.map((c) => query.project({ c, parameters })).filter((value) => value !== undefined);
}
