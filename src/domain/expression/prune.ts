/** Only what a template names is sent to its evaluation: scopes hold whole outputs of steps. */
import type { Json, JsonObject } from '../json.ts';
import { BoundedCache } from './cache.ts';
import { compileTemplate, leavesOf } from './compiled-template.ts';
import { jsonataUsage } from './jsonata-usage.ts';
import type { Reference } from './usage.ts';

type Scope = Readonly<Record<string, Json>>;

/** Null when a path could not be told: then everything is needed. */
const known = new BoundedCache<string, { readonly references: readonly Reference[] | null }>(2_000);

export function pruneScope(template: Json, scope: Scope): Scope {
  const named = new Set<string>();
  const steps = new Set<string>();
  for (const leaf of leavesOf(compileTemplate(template))) {
    const references =
      leaf.path === null ? referencesOf(leaf.source) : [{ root: leaf.path[0] ?? '', path: leaf.path.slice(1) }];
    if (references === null) return scope;
    for (const { root, path } of references) {
      if (root === 'steps' && path[0] !== undefined) steps.add(path[0]);
      else named.add(root);
    }
  }
  const out: Record<string, Json> = {};
  for (const [key, value] of Object.entries(scope)) {
    if (key.startsWith('#') || named.has(key)) out[key] = value;
    else if (key === 'steps' && steps.size > 0) {
      out[key] = Object.fromEntries(Object.entries(value as JsonObject).filter(([step]) => steps.has(step)));
    }
  }
  return out;
}

function referencesOf(source: string): readonly Reference[] | null {
  const cached = known.get(source);
  if (cached !== undefined) return cached.references;
  const usage = jsonataUsage(source);
  const references = usage.problems.length === 0 ? usage.references : null;
  known.set(source, { references });
  return references;
}
