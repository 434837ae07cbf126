/** A template taken apart once: literals, expressions alone, expressions inside text. Kept by the identity of its texts. */
import type { Json, JsonObject } from '../json.ts';
import { BoundedCache } from './cache.ts';
import { plainPath } from './paths.ts';
import { isLiteral, templateParts } from './template.ts';

export interface Leaf {
  readonly source: string;
  /** Names when the expression is a plain path. */
  readonly path: readonly string[] | null;
}

export type CompiledTemplate =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'alone'; readonly leaf: Leaf }
  | { readonly kind: 'text'; readonly parts: readonly (string | Leaf)[] }
  | { readonly kind: 'list'; readonly items: readonly CompiledTemplate[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, CompiledTemplate])[] };

const texts = new BoundedCache<string, CompiledTemplate>(5_000);

/** Throws `SyntaxError` for text that does not close its braces: validation refuses it. */
export function compileTemplate(template: Json): CompiledTemplate {
  if (typeof template === 'string')
    return isLiteral(template) ? { kind: 'literal', value: template } : compileText(template);
  if (typeof template !== 'object' || template === null) return { kind: 'literal', value: template };
  if (Array.isArray(template)) {
    const items = template.map((one: Json) => compileTemplate(one));
    return items.every((one) => one.kind === 'literal')
      ? { kind: 'literal', value: template }
      : { kind: 'list', items };
  }
  const entries = Object.entries(template as JsonObject).map(([key, one]) => [key, compileTemplate(one)] as const);
  return entries.every(([, one]) => one.kind === 'literal')
    ? { kind: 'literal', value: template }
    : { kind: 'object', entries };
}

function compileText(text: string): CompiledTemplate {
  const known = texts.get(text);
  if (known !== undefined) return known;
  const split = templateParts(text);
  if (!split.ok) throw new SyntaxError(split.message);
  const { parts } = split;
  const [first] = parts;
  let made: CompiledTemplate;
  if (parts.every((part) => part.kind === 'text')) {
    made = { kind: 'literal', value: parts.map((part) => (part.kind === 'text' ? part.text : '')).join('') };
  } else if (parts.length === 1 && first?.kind === 'expression') made = { kind: 'alone', leaf: leaf(first.source) };
  else made = { kind: 'text', parts: parts.map((part) => (part.kind === 'text' ? part.text : leaf(part.source))) };
  texts.set(text, made);
  return made;
}

const leaf = (source: string): Leaf => ({ source, path: plainPath(source) });

/** Every expression of a template. */
export function leavesOf(template: CompiledTemplate): readonly Leaf[] {
  switch (template.kind) {
    case 'literal':
      return [];
    case 'alone':
      return [template.leaf];
    case 'text':
      return template.parts.filter((part) => typeof part !== 'string');
    case 'list':
      return template.items.flatMap(leavesOf);
    case 'object':
      return template.entries.flatMap(([, one]) => leavesOf(one));
  }
}

/** The value when every expression is a plain path that needs no engine; otherwise null. */
export function isPlain(template: CompiledTemplate): boolean {
  return leavesOf(template).every((one) => one.path !== null);
}
