/**
 * Stops before the YAML composer, which recurses, sees text that is nested too deep: a regular expression compiled near the
 * end of the stack ends the whole process, and no `catch` helps. The lexer and the token parser do not recurse.
 */
import { Lexer } from 'yaml';
import type { CST } from 'yaml';

const MAX_FLOW = 32;
/** `- - - -` and `? ? ?` nest without a line break. */
const MAX_INDICATORS = 64;
const MAX_ANCHORS_AND_TAGS = 100;
/** Twice what 256 KiB of dense JSON have; beyond it there are only brackets, commas and quotation marks. */
const MAX_TOKENS = 120_000;

/** From the raw tokens, so that garbage ends early: null when the text may be parsed. */
export function lexicalRefusal(text: string, maxDocuments: number): 'DEPTH' | 'TOO_LARGE' | 'SYNTAX' | null {
  let flow = 0;
  let indicators = 0;
  let marks = 0;
  let documents = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    const first = token[0];
    tokens += 1;
    if (tokens > MAX_TOKENS) return 'TOO_LARGE';
    if (token === '[' || token === '{') {
      flow += 1;
      if (flow > MAX_FLOW) return 'DEPTH';
    } else if (token === ']' || token === '}') flow = Math.max(0, flow - 1);
    else if (first === '\n' || first === '\r') indicators = 0;
    else if (flow === 0 && (token === '-' || token === '?' || token === ':')) {
      indicators += 1;
      if (indicators > MAX_INDICATORS) return 'DEPTH';
    } else if (token.startsWith('---')) {
      documents += 1;
      if (documents > maxDocuments) return 'TOO_LARGE';
    } else if (first === '&' || first === '!' || first === '*') {
      marks += 1;
      if (marks > MAX_ANCHORS_AND_TAGS) return 'SYNTAX';
    }
  }
  return null;
}

/** Depth of collections in parsed tokens, without recursion; stops counting over the limit. */
export function tooDeep(tokens: readonly CST.Token[], limit: number): boolean {
  const open: { readonly at: unknown; readonly depth: number }[] = tokens.map((at) => ({ at, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, depth } = next;
    if (typeof at !== 'object' || at === null) continue;
    if (Array.isArray(at)) {
      for (const one of at as readonly unknown[]) open.push({ at: one, depth });
      continue;
    }
    const token = at as { readonly type?: unknown } & Readonly<Record<string, unknown>>;
    const own = depth + (COLLECTIONS.has(String(token.type)) ? 1 : 0);
    if (own > limit) return true;
    for (const key of ['value', 'items', 'key', 'sep', 'start', 'end', 'props']) {
      if (typeof token[key] === 'object') open.push({ at: token[key], depth: own });
    }
  }
  return false;
}

const COLLECTIONS = new Set(['block-map', 'block-seq', 'flow-collection']);
