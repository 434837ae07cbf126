/** From a stored connector document to what adapters and verbs see of it. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { CATEGORIES, type Category } from '../domain/workflow/categories.ts';
import type { ConnectorView } from './adapter.ts';
import type { AdapterModule } from './module.ts';

/** What a write needs when its declaration names no policy. */
export const DEFAULT_POLICIES: readonly string[] = ['approval-required'];

export function viewOf(document: JsonObject, id: string, version: number, module: AdapterModule): ConnectorView {
  const category = document['category'];
  return {
    id,
    version,
    category: (CATEGORIES as readonly Json[]).includes(category ?? null)
      ? (category as Category)
      : (module.name.split('/', 1)[0] as Category),
    adapter: module.name,
    settings: objectOf(document['settings']),
    resources: objectsOf(document['resources']),
    commands: objectsOf(document['commands']),
  };
}

/** An unreadable or empty declaration demands approval: it must never mean that nothing is demanded. */
export function policiesOf(declaration: JsonObject | undefined): readonly string[] {
  const named = declaration?.['policies'];
  if (!Array.isArray(named) || named.length === 0) return DEFAULT_POLICIES;
  return named.every((name) => typeof name === 'string') ? (named as readonly string[]) : DEFAULT_POLICIES;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsOf(value: Json | undefined): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, entry]) => [name, objectOf(entry)]));
}
