/** A step's own keys → the action of the plan, with every default filled in. One place for the defaults of LANGUAGE §2. */
import { connectorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { branchesOf } from './arrange.ts';
import type { Placed } from './place-steps.ts';
import type { Action, Template } from './plan.ts';

/** Throws for kinds that this release refuses with `NOT_YET`: validation has stopped them before. */
export function actionOf(placed: Placed, byId: ReadonlyMap<string, number>): Action {
  const { step } = placed.read;
  if (!('verb' in step)) throw new TypeError(`the step ${step.id} is of a kind that this release does not execute`);
  switch (step.verb) {
    case 'FETCH':
      return {
        verb: 'FETCH',
        connector: connectorId(step.connector),
        resource: step.resource,
        params: step.params ?? {},
        query: step.query ?? {},
        page: { size: step.page?.size ?? null, max: step.page?.max ?? null },
        limit: step.limit ?? null,
      };
    case 'LOOKUP':
      return {
        verb: 'LOOKUP',
        connector: connectorId(step.connector),
        resource: step.resource,
        key: step.key,
        missing: step.missing === null || step.missing === 'null' ? 'null' : 'fail',
      };
    case 'PUSH':
      return {
        verb: 'PUSH',
        connector: connectorId(step.connector),
        resource: step.resource,
        records: step.records,
        mode: step.mode ?? 'create',
        recordKey: step.recordKey ?? null,
        batchSize: step.batchSize ?? null,
        effectKey: step.effectKey ?? null,
        onUnknown: step.onUnknown ?? 'reconcile',
      };
    case 'EXECUTE':
      return {
        verb: 'EXECUTE',
        connector: connectorId(step.connector),
        command: step.command,
        arguments: step.arguments ?? {},
        effectKey: step.effectKey ?? null,
        onUnknown: step.onUnknown ?? 'reconcile',
      };
    case 'TRANSFORM':
      if (step.map === undefined)
        throw new TypeError(`the step ${step.id} has code, which this release does not execute`);
      return {
        verb: 'TRANSFORM',
        map: step.map as Template,
        from: step.from ?? null,
        to: step.to ?? null,
        invalid: step.invalid ?? 'fail',
      };
    case 'GOVERN':
      return {
        verb: 'GOVERN',
        policies: step.policies,
        facts: step.facts ?? {},
        totals: step.totals ?? {},
        disclose: step.disclose ?? null,
        form: (step.form as JsonObject | undefined) ?? null,
        onReject: step.onReject ?? 'fail',
        subject: step.subject ?? null,
      };
    case 'LOGIC_GATE':
      return {
        verb: 'LOGIC_GATE',
        branches: branchesOf(placed.read).map((branch) => ({
          condition: branch.condition,
          targets: branch.targets.flatMap((id) => byId.get(id) ?? []),
        })),
      };
  }
}
