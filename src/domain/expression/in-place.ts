/**
 * Templates of literals and plain paths only, read without any engine: they cannot run away, and most steps have nothing
 * else. Gives exactly what the evaluator gives; what it has no words for it leaves to the evaluator.
 */
import type { Json } from '../json.ts';
import { compileTemplate, isPlain } from './compiled-template.ts';
import type { CompiledTemplate } from './compiled-template.ts';
import { followPath } from './paths.ts';

type Scope = Readonly<Record<string, Json>>;
export type InPlace =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly code: 'EXPRESSION_UNDEFINED' | 'EXPRESSION_ERROR'; readonly detail: string };

/** Null when an engine is needed. */
export function valueInPlace(template: Json, scope: Scope): InPlace | null {
  let compiled: CompiledTemplate;
  try {
    compiled = compileTemplate(template);
  } catch (error) {
    return { ok: false, code: 'EXPRESSION_ERROR', detail: (error as Error).message };
  }
  if (!isPlain(compiled)) return null;
  return readPlain(compiled, scope);
}

function readPlain(template: CompiledTemplate, scope: Scope): InPlace | null {
  switch (template.kind) {
    case 'literal':
      return { ok: true, value: template.value };
    case 'alone': {
      const found = followPath(template.leaf.path ?? [], scope);
      if (!found.known) return null;
      if (found.value === undefined) {
        return { ok: false, code: 'EXPRESSION_UNDEFINED', detail: `${template.leaf.source} is undefined` };
      }
      return { ok: true, value: found.value };
    }
    case 'list': {
      const out: Json[] = [];
      for (const one of template.items) {
        const value = readPlain(one, scope);
        if (value === null || !value.ok) return value;
        out.push(value.value);
      }
      return { ok: true, value: out };
    }
    case 'object': {
      const out: Record<string, Json> = {};
      for (const [key, one] of template.entries) {
        const value = readPlain(one, scope);
        if (value === null) return null;
        if (value.ok) out[key] = value.value;
        else if (!(value.code === 'EXPRESSION_UNDEFINED' && one.kind === 'alone')) return value;
      }
      return { ok: true, value: out };
    }
    case 'text': {
      let out = '';
      for (const part of template.parts) {
        if (typeof part === 'string') {
          out += part;
          continue;
        }
        const found = followPath(part.path ?? [], scope);
        // Every case that is not plain text is left to the engine, which has the words for it.
        if (!found.known || found.value === undefined || typeof found.value === 'object') return null;
        out += String(found.value);
      }
      return { ok: true, value: out };
    }
  }
}
