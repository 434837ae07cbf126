/** Which steps a step's expressions name, by ordinal: only these outputs are loaded and unsealed for it. */
import { compileTemplate, leavesOf } from '../expression/compiled-template.ts';
import type { Leaf } from '../expression/compiled-template.ts';
import { celUsage } from '../expression/cel-usage.ts';
import { BoundedCache } from '../expression/cache.ts';
import { jsonataUsage } from '../expression/jsonata-usage.ts';
import type { Reference } from '../expression/usage.ts';
import type { Json } from '../json.ts';
import type { Placed } from './place-steps.ts';
import { stepFields } from './fields.ts';
import type { ExpressionField } from './fields.ts';
import type { ReadStep } from './read-workflow.ts';

/** A GOVERN also reads what the steps it governs read: it builds their requests. */
export function readsOf(
  read: ReadStep,
  byId: ReadonlyMap<string, number>,
  placed: readonly Placed[],
  governs: readonly number[],
): readonly number[] {
  const governed = governs.flatMap((ordinal) => {
    const step = placed[ordinal - 1];
    return step === undefined ? [] : [...stepFields(step.read)];
  });
  return readsOfFields([...stepFields(read), ...governed], byId);
}

export function readsOfFields(
  fields: readonly ExpressionField[],
  byId: ReadonlyMap<string, number>,
): readonly number[] {
  const bySpelling = new Map([...byId].map(([id, ordinal]) => [spelled(id), ordinal]));
  const ordinals = new Set<number>();
  for (const field of fields) {
    for (const { root, path } of referencesOf(field)) {
      const ordinal = root === 'steps' && path[0] !== undefined ? bySpelling.get(path[0]) : undefined;
      if (ordinal !== undefined) ordinals.add(ordinal);
    }
  }
  return [...ordinals].sort((a, b) => a - b);
}

/** How expressions write a step id. */
export function spelled(id: string): string {
  return id.replaceAll('-', '_');
}

export function referencesOf(field: Pick<ExpressionField, 'language' | 'template'>): readonly Reference[] {
  if (field.language === 'condition') return conditionReferences(String(field.template));
  return leaves(field.template as Json).flatMap((leaf) =>
    leaf.path === null ? valueReferences(leaf.source) : [{ root: leaf.path[0] ?? '', path: leaf.path.slice(1) }],
  );
}

/** A template that cannot be read names nothing here; validation says why it cannot be read. */
function leaves(template: Json): readonly Leaf[] {
  try {
    return leavesOf(compileTemplate(template));
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

const values = new BoundedCache<string, readonly Reference[]>(5_000);
const conditions = new BoundedCache<string, readonly Reference[]>(2_000);

function valueReferences(source: string): readonly Reference[] {
  return cached(values, source, () => jsonataUsage(source).references);
}

function conditionReferences(source: string): readonly Reference[] {
  return cached(conditions, source, () => celUsage(source).references);
}

function cached(
  cache: BoundedCache<string, readonly Reference[]>,
  key: string,
  make: () => readonly Reference[],
): readonly Reference[] {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  cache.set(key, fresh);
  return fresh;
}
