/**
 * Evaluates the complete request of a governed step: used by GOVERN, when people or rules judge it, and again by
 * dispatch, which compares. Both see the same values: the engine gives a governed step the frozen clock of its GOVERN.
 */
import type { ExecuteAction, PlanStep, PushAction } from '../domain/workflow/plan.ts';
import type { BoundRequest } from '../domain/governance/content.ts';
import { StepFault } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { WriteTraits } from '../adapters/adapter.ts';
import type { ResolvedConnector } from '../ports/adapters.ts';
import type { Scope } from '../ports/expressions.ts';
import { mapOf, valueOf } from './internal-step.ts';
import type { Step } from './step.ts';

export type WriteStep = PlanStep & { readonly action: PushAction | ExecuteAction };

export interface Bound {
  readonly request: BoundRequest;
  readonly resolved: ResolvedConnector;
  readonly traits: WriteTraits;
}

export function isWrite(step: PlanStep): step is WriteStep {
  return step.action.verb === 'PUSH' || step.action.verb === 'EXECUTE';
}

/** `version` is fixed once a decision is bound to it; without one, the active version. */
export async function bind(step: Step, target: WriteStep, version?: number): Promise<Bound> {
  const { connector } = target.action;
  const resolved = await step.deps.adapters.resolve(step.scope.tenant, connector, version);
  const traits = traitsOf(resolved, target.action);
  const scope = await step.valuesOf(target);
  const sends = target.when === null || valueOf(await step.deps.expressions.condition(target.when, scope));
  const parts = sends ? await partsOf(step, target.action, scope, traits) : { records: [], recordKeys: null };
  const { action } = target;
  return {
    resolved,
    traits,
    request: {
      step: target.id,
      connector,
      connectorVersion: resolved.connector.version,
      target: action.verb === 'PUSH' ? { resource: action.resource, mode: action.mode } : { command: action.command },
      ...parts,
    },
  };
}

function traitsOf({ adapter, connector }: ResolvedConnector, action: PushAction | ExecuteAction): WriteTraits {
  const name = action.verb === 'PUSH' ? action.resource : action.command;
  const traits = action.verb === 'PUSH' ? adapter.resource(connector, name) : adapter.command(connector, name);
  if (traits === null) throw new StepFault('RESOURCE_UNKNOWN', `${connector.id} has no ${name}`);
  if (traits.access !== 'write') throw new StepFault('READ_WRITE_MISMATCH', `${connector.id}/${name} is not writable`);
  if (action.verb === 'PUSH' && !traits.modes.includes(action.mode))
    throw new StepFault('READ_WRITE_MISMATCH', `${connector.id}/${name} does not allow ${action.mode}`);
  return traits;
}

async function partsOf(
  step: Step,
  action: PushAction | ExecuteAction,
  scope: Scope,
  traits: WriteTraits,
): Promise<Pick<BoundRequest, 'records' | 'recordKeys'>> {
  const { expressions } = step.deps;
  if (action.verb === 'EXECUTE')
    return { records: [await mapOf(expressions, action.arguments, scope)], recordKeys: null };
  const records = valueOf(await expressions.list(action.records, scope));
  if (action.recordKey === null) {
    if (traits.recordKey === 'required')
      throw new StepFault('INVALID_RECORD', `${action.connector}/${action.resource} demands a recordKey`);
    return { records, recordKeys: null };
  }
  return { records, recordKeys: keysOf(valueOf(await expressions.each(action.recordKey, records, scope))) };
}

/** Keys of one write are texts, and each is used once: two records under one key would be one effect. */
function keysOf(values: readonly Json[]): readonly string[] {
  const keys = values.map((value) => (typeof value === 'number' ? String(value) : value));
  const index = keys.findIndex((key) => typeof key !== 'string' || key === '');
  if (index >= 0) throw new StepFault('INVALID_RECORD', `record ${index} has no recordKey`);
  if (new Set(keys).size !== keys.length) {
    const seen = new Set<Json>();
    const twice = keys.findIndex((key) => seen.size === seen.add(key).size);
    throw new StepFault('INVALID_RECORD', `record ${twice} has the recordKey of an earlier record`);
  }
  return keys as string[];
}
