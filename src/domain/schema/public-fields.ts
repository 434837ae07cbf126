/** Which fields of a value its schema declares `x-public: true`: they may be shown without a reveal. */
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { escape } from './subset.ts';

/** Pointers of the public fields of an object; `*` stands for every element of a list. */
export function publicPointers(schema: JsonObject | boolean | null): readonly string[] {
  const found: string[] = [];
  const walk = (at: Json | undefined, pointer: string, depth: number): void => {
    if (!isJsonObject(at) || depth > 32) return;
    if (at['x-public'] === true) found.push(pointer);
    const { properties, items } = at;
    if (isJsonObject(properties)) {
      for (const [key, one] of Object.entries(properties)) walk(one, `${pointer}/${escape(key)}`, depth + 1);
    }
    walk(items, `${pointer}/*`, depth + 1);
  };
  walk(schema ?? undefined, '', 0);
  return found;
}
