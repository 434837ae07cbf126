/** The adapters of one deployment: the built-in ones and its own modules. The only file that names concrete adapters. */
import type { AdapterModule } from './module.ts';
import { CATEGORIES } from '../domain/workflow/categories.ts';
import { commsEcho } from './comms/echo/echo.ts';
import { datasourceHttpJson } from './datasource/http-json.ts';
import { erpHttpJson } from './erp/http-json.ts';

export const BUILT_IN: readonly AdapterModule[] = [commsEcho, datasourceHttpJson, erpHttpJson];

/** Built-in and own modules, checked together: a name or a fallback that two claim would make resolution a matter of order. */
export function registryOf(own: readonly AdapterModule[] = []): readonly AdapterModule[] {
  const modules = [...BUILT_IN, ...own];
  const claims = new Map<string, string>();
  for (const module of modules) {
    const category = module.name.split('/', 1)[0];
    if (
      !(CATEGORIES as readonly string[]).includes(category ?? '') ||
      !/^[a-z]+\/[a-z][a-z0-9-]{0,62}$/.test(module.name)
    )
      throw new Error(`adapter ${module.name}: a name is a category and a word, such as erp/http-json`);
    const claimed = [
      `name ${module.name}`,
      ...module.systemTypes.map((type) => `system type ${type}`),
      ...module.connectionTypes.map((type) => `connection type ${type}`),
    ];
    for (const claim of claimed) {
      const other = claims.get(claim);
      if (other !== undefined) throw new Error(`${claim} is claimed by the adapters ${other} and ${module.name}`);
      claims.set(claim, module.name);
    }
  }
  return modules;
}
