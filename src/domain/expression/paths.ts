/**
 * The commonest expression by far is a plain path (`steps.labour.output`, `item.cents`): read here without any engine,
 * with the engine's meaning. Everything else is left to JSONata.
 */
import type { Json } from '../json.ts';

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const WORDS = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** The names of a plain path, or null for anything that is more. */
export function plainPath(source: string): readonly string[] | null {
  if (source.length > 300 || !PLAIN.test(source)) return null;
  const names = source.split('.');
  return names.some((n) => WORDS.has(n) || n === '__proto__') ? null : names;
}

export type PathResult = { readonly known: true; readonly value: Json | undefined } | { readonly known: false };

/** `known: false` when a list stands in the way: mapping over lists is JSONata's affair. */
export function followPath(names: readonly string[], scope: Json): PathResult {
  let value: Json | undefined = scope;
  for (const name of names) {
    if (Array.isArray(value)) return { known: false };
    if (typeof value !== 'object' || value === null) return { known: true, value: undefined };
    value = Object.hasOwn(value, name) ? (value as { readonly [key: string]: Json })[name] : undefined;
    if (value === undefined) return { known: true, value };
  }
  return { known: true, value };
}
