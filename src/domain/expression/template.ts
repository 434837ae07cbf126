/**
 * Finds the expressions in a string: `{{ JSONata }}`, `{{{{` for a literal `{{`. Apart from any engine: it only knows where
 * JSONata text ends (strings, back-quoted names, comments, regular expressions and braces are skipped).
 */

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly source: string; readonly offset: number };

export type TemplateParts =
  | { readonly ok: true; readonly parts: readonly Part[] }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** No `{{` at all: the string is itself. */
export function isLiteral(text: string): boolean {
  return !text.includes('{{');
}

export function templateParts(text: string): TemplateParts {
  const parts: Part[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open < 0) {
      literal += text.slice(at);
      break;
    }
    literal += text.slice(at, open);
    if (text.startsWith('{{{{', open)) {
      literal += '{{';
      at = open + 4;
      continue;
    }
    const end = endOfExpression(text, open + 2);
    if (end < 0)
      return { ok: false, message: 'An expression that begins with `{{` does not end with `}}`.', offset: open };
    const source = text.slice(open + 2, end).trim();
    if (source === '') return { ok: false, message: 'There is no expression between `{{` and `}}`.', offset: open };
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push({ kind: 'expression', source, offset: open + 2 });
    at = end + 2;
  }
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  const [first, second] = parts;
  // A YAML block scalar ends with a line break; an expression alone in it is still alone.
  if (parts.length === 2 && first?.kind === 'expression' && second?.kind === 'text' && /^\n+$/.test(second.text)) {
    return { ok: true, parts: [first] };
  }
  return { ok: true, parts };
}

/** Index of the `}}` that closes the expression begun before `from`, or -1. */
function endOfExpression(text: string, from: number): number {
  let depth = 0;
  let before = '';
  for (let at = from; at < text.length; at += 1) {
    const c = text[at] as string;
    if (c === '"' || c === "'" || c === '`') {
      at = closing(text, at, c, c !== '`');
      if (at < 0) return -1;
    } else if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) return -1;
      at = end + 1;
      continue;
    } else if (c === '/' && beginsRegex(before)) {
      at = endOfRegex(text, at);
      if (at < 0) return -1;
    } else if (c === '{') depth += 1;
    else if (c === '}') {
      if (depth === 0) return text[at + 1] === '}' ? at : -1;
      depth -= 1;
    }
    if (!/\s/.test(c))
      before = /[\w$]/.test(c) ? (/[\w$]$/.test(before) && /[\w$]/.test(text[at - 1] ?? '') ? before + c : c) : c;
  }
  return -1;
}

/** After an operator, an opening bracket or nothing, `/` begins a regular expression; otherwise it divides. */
function beginsRegex(before: string): boolean {
  return (
    before === '' || /^[([{,;:=<>+\-*%&|^~?!/]$/.test(before) || before === 'and' || before === 'or' || before === 'in'
  );
}

function closing(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function endOfRegex(text: string, from: number): number {
  let set = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    const c = text[at];
    if (c === '\\') at += 1;
    else if (c === '[') set += 1;
    else if (c === ']' && set > 0) set -= 1;
    else if (c === '/' && set === 0) return at;
  }
  return -1;
}
