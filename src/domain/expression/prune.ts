/** Only what an expression names is sent to its evaluation: scopes hold whole outputs of steps. */
import type { Json, JsonObject } from '../json.ts';
import { BoundedCache } from './cache.ts';
import { celUsage } from './cel-usage.ts';
import { compileTemplate, leavesOf } from './compiled-template.ts';
import { jsonataUsage } from './jsonata-usage.ts';
import type { Reference, Usage } from './usage.ts';

type Scope = Readonly<Record<string, Json>>;

/** Null when a path could not be told: then everything is needed. */
const known = new BoundedCache<string, { readonly references: readonly Reference[] | null }>(5_000);

export function pruneScope(template: Json, scope: Scope): Scope {
  const all: Reference[] = [];
  for (const leaf of leavesOf(compileTemplate(template))) {
    const [root] = leaf.path ?? [];
    const references =
      root === undefined
        ? referencesOf(`v${leaf.source}`, () => jsonataUsage(leaf.source))
        : [{ root, path: leaf.path?.slice(1) ?? [] }];
    if (references === null) return scope;
    all.push(...references);
  }
  return prune(all, scope);
}

export function pruneConditionScope(condition: string, scope: Scope, policy: boolean): Scope {
  const references = referencesOf(`${policy ? 'p' : 'c'}${condition}`, () => celUsage(condition, policy));
  return references === null ? scope : prune(references, scope);
}

function prune(references: readonly Reference[], scope: Scope): Scope {
  const named = new Set<string>();
  const steps = new Set<string>();
  for (const { root, path } of references) {
    if (root === 'steps' && path[0] !== undefined) steps.add(path[0]);
    else named.add(root);
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

function referencesOf(key: string, usage: () => Usage): readonly Reference[] | null {
  const cached = known.get(key);
  if (cached !== undefined) return cached.references;
  const { references, problems } = usage();
  const found = problems.length === 0 ? references : null;
  known.set(key, { references: found });
  return found;
}
