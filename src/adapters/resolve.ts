/**
 * Which adapter serves a connector document (the resolution chain): 1 the adapter or system type it names, exactly;
 * 2 what its metadata show; 3 the generic protocol of its connection type; 4 a failure that lists what was tried. Pure, so
 * the same document always gives the same adapter.
 */
import { StepFault } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { AdapterModule } from './module.ts';

export function resolveModule(document: JsonObject, modules: readonly AdapterModule[]): AdapterModule {
  const tried: string[] = [];
  const named = document['adapter'];
  if (typeof named === 'string') {
    // A name is a promise about which code handles the writes: no other adapter may step in for it.
    const exact = modules.find((module) => module.name === named);
    if (exact !== undefined) return exact;
    throw new StepFault('ADAPTER_UNRESOLVED', `no adapter is called ${shown(named)}`);
  }
  const systemType = document['systemType'];
  if (typeof systemType === 'string') {
    tried.push(`system type ${shown(systemType)}`);
    const exact = modules.find((module) => module.name === systemType || module.systemTypes.includes(systemType));
    if (exact !== undefined) return exact;
  }
  const metadata = document['metadata'];
  if (isJsonObject(metadata)) {
    tried.push('metadata');
    const inferred = modules.filter((module) => module.infers(metadata));
    if (inferred.length > 1)
      throw new StepFault(
        'ADAPTER_UNRESOLVED',
        `the metadata fit several adapters: ${inferred.map((module) => module.name).join(', ')}`,
      );
    if (inferred[0] !== undefined) return inferred[0];
  }
  const connectionType = document['connectionType'];
  if (typeof connectionType === 'string') {
    tried.push(`connection type ${shown(connectionType)}`);
    const generic = modules.find((module) => module.connectionTypes.includes(connectionType.toLowerCase()));
    if (generic !== undefined) return generic;
  }
  throw new StepFault('ADAPTER_UNRESOLVED', `no adapter found by ${tried.join(', ') || 'name'}`);
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
