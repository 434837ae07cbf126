/** The bounds of `parse.ts` for a document that did not come as text: nothing after this recurses without an end. */
import type { Json, JsonObject } from '../json.ts';
import { MAX_DEPTH, MAX_TEXT_BYTES } from './parse.ts';
import { pointerOf, problem } from './problems.ts';
import type { Problem } from './problems.ts';

export function boundProblems(document: JsonObject): readonly Problem[] {
  const open: { readonly value: Json; readonly path: readonly string[] }[] = [{ value: document, path: [] }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { value, path } = at;
    if (typeof value === 'string' && !value.isWellFormed()) {
      return [problem('SYNTAX', pointerOf(path), 'The text holds a lone surrogate: it is not valid Unicode.')];
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= MAX_DEPTH) return [problem('DEPTH', pointerOf(path), `Nested deeper than ${MAX_DEPTH} levels.`)];
    for (const [key, one] of Object.entries(value)) {
      if (key === '__proto__' || !key.isWellFormed()) {
        return [
          problem('UNKNOWN_KEY', pointerOf(path), 'A key here is not allowed (`__proto__`, or no valid Unicode).'),
        ];
      }
      open.push({ value: one as Json, path: [...path, key] });
    }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(document)).length;
  if (bytes <= MAX_TEXT_BYTES) return [];
  return [problem('TOO_LARGE', '', `The document has ${bytes} bytes; ${MAX_TEXT_BYTES} are allowed.`)];
}
