/** `Plans` over the definition store: a version never changes, so its plan is compiled once and kept. */
import { BoundedCache } from '../domain/expression/cache.ts';
import { compilePlan } from '../domain/workflow/compile.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import { PlatformFault } from '../domain/errors.ts';
import type { TenantId } from '../domain/ids.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Plans } from '../ports/plans.ts';

const KEPT = 500;

export function createPlanCache(definitions: Pick<DefinitionStore, 'version'>): Plans {
  const kept = new BoundedCache<string, Promise<Plan>>(KEPT);
  const load = async (tenant: TenantId, workflow: string, version: number): Promise<Plan> => {
    const stored = await definitions.version(tenant, 'Workflow', workflow, version);
    if (stored === null) {
      throw new PlatformFault('STALE_READ', `workflow ${workflow} version ${version} is not readable yet`);
    }
    return compilePlan(stored.document, version, stored.digest);
  };
  return {
    get(tenant, workflow, version) {
      const key = `${tenant}\n${workflow}\n${version}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const fresh = load(tenant, workflow, version);
      kept.set(key, fresh);
      // What could not be read is asked for again by the next caller.
      fresh.catch(() => kept.delete(key));
      return fresh;
    },
  };
}
