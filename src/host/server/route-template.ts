/**
 * Route templates as the real host understands them (ASP.NET): literals, `{name}`, `{name?}`, `{name:int}`,
 * `{name=default}`, `{*rest}`, several parts in one segment. A template becomes one regular expression, and checks for
 * what that cannot express.
 */

export interface RouteTemplate {
  text: string;
  pattern: RegExp;
  parameters: { name: string; fallback?: string; checks: ((value: string) => boolean)[] }[];
}

const number = (check: (value: number) => boolean) => (value: string) =>
  /^-?\d+(\.\d+)?$/.test(value) && check(Number(value));
const integer = (bits: number) => (value: string) =>
  /^-?\d{1,20}$/.test(value) && BigInt.asIntN(bits, BigInt(value)) === BigInt(value);

function constraint(text: string): (value: string) => boolean {
  const [, name = '', argument = ''] = /^([a-z]+)(?:\(([\s\S]*)\))?$/i.exec(text) ?? [];
  const [a = Number.NaN, b = Number.NaN] = argument.split(',').map(Number);
  switch (name.toLowerCase()) {
    case 'int':
      return integer(32);
    case 'long':
      return integer(64);
    case 'bool':
      return (value) => /^(true|false)$/i.test(value);
    case 'datetime':
      return (value) => !Number.isNaN(Date.parse(value));
    case 'decimal':
    case 'double':
    case 'float':
      return number(() => true);
    case 'guid':
      return (value) => /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'required':
      return (value) => value.length > 0;
    case 'minlength':
      return (value) => value.length >= a;
    case 'maxlength':
      return (value) => value.length <= a;
    case 'length':
      return (value) => (argument.includes(',') ? value.length >= a && value.length <= b : value.length === a);
    case 'min':
      return number((value) => value >= a);
    case 'max':
      return number((value) => value <= a);
    case 'range':
      return number((value) => value >= a && value <= b);
    case 'regex': {
      const expression = new RegExp(argument, 'i');
      return (value) => expression.test(value);
    }
    default:
      throw new Error(`unknown constraint "${text}"`);
  }
}

/** Cuts `text` at `mark`, except inside brackets of any kind. */
function cut(text: string, mark: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('({['.includes(char)) depth += 1;
    if (')}]'.includes(char)) depth -= 1;
    if (char === mark && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

const escape = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** `{{` and `}}` stand for braces themselves; they must not be taken for a parameter's. */
const hideBraces = (text: string) => text.replaceAll('{{', '\u0001').replaceAll('}}', '\u0002');
const showBraces = (text: string) => text.replaceAll('\u0001', '{').replaceAll('\u0002', '}');

/** Throws an `Error` that says what is wrong with the template. */
export function parseTemplate(given: string): RouteTemplate {
  const text = hideBraces(given);
  const parameters: RouteTemplate['parameters'] = [];
  let source = '^';
  const segments = text === '' ? [] : cut(text, '/');
  segments.forEach((segment, at) => {
    const pieces = segment.match(/\{(?:[^{}]|\{[^{}]*\})*\}|[^{}]+/g) ?? [];
    if (pieces.join('') !== segment || segment === '') throw new Error(`segment "${segment}" is malformed`);
    if (!segment.includes('{')) {
      source += `/${escape(showBraces(segment))}`;
      return;
    }
    let inner = '';
    let before: string | undefined;
    let optional = false;
    for (const piece of pieces) {
      if (!piece.startsWith('{')) {
        inner += escape(showBraces(piece));
        before = showBraces(piece)[0];
        continue;
      }
      const [head = '', ...constraints] = cut(piece.slice(1, -1), ':');
      const last = constraints.at(-1) ?? head;
      const isOptional = last.endsWith('?') && !last.endsWith(')?') ? true : last.endsWith(')?');
      if (isOptional) {
        if (constraints.length > 0) constraints[constraints.length - 1] = last.slice(0, -1);
      }
      const [, stars = '', name = '', fallback] = /^(\*{0,2})([A-Za-z_][\w-]*)(?:=(.*))?\??$/.exec(head) ?? [];
      if (!name) throw new Error(`parameter "${piece}" is malformed`);
      if (parameters.some((known) => known.name === name)) throw new Error(`parameter "${name}" appears twice`);
      if ((stars || isOptional || fallback !== undefined) && at !== segments.length - 1)
        throw new Error(`parameter "${name}" must be in the last segment`);
      optional ||= isOptional || stars !== '' || fallback !== undefined;
      parameters.push({
        name,
        checks: constraints.map((part) => constraint(showBraces(part))),
        ...(fallback !== undefined && { fallback }),
      });
      // Beside a separator, the last one counts (as on the real host), and matching stays linear.
      const excluded = before && /\W/.test(before) ? escape(before) : '';
      inner += stars ? '(.*)' : `([^/${excluded}]+)`;
    }
    source += optional ? `(?:/${inner})?` : `/${inner}`;
  });
  return { text: given, pattern: new RegExp(`${source}/?$`, 'i'), parameters };
}
