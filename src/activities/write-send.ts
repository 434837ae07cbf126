/** The two calls that reach the target: the write itself, and the question whether it happened. */
import { LostAnswer, type LookupAnswer, type WriteAnswer } from '../adapters/adapter.ts';
import { StepFault } from '../domain/errors.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import { isJsonObject } from '../domain/json.ts';
import type { ExecuteAction, PushAction } from '../domain/workflow/plan.ts';
import type { Authority } from './dispatch.ts';
import type { Batch } from './write-slots.ts';
import type { Step } from './step.ts';

/** Who sends, and what allows it. */
export interface Sender {
  readonly step: Step<PushAction | ExecuteAction>;
  readonly authority: Authority;
}

export type Sent =
  | WriteAnswer
  /** By the adapter's contract a `StepFault` says that nothing left, or that the target surely wrote nothing. */
  | { readonly outcome: 'not-sent'; readonly fault: StepFault }
  /** Anything else that goes wrong after sending may have written. */
  | { readonly outcome: 'lost' };

export async function send(sender: Sender, batch: Batch, effect: EffectDocument): Promise<Sent> {
  const { step, authority } = sender;
  // The commit of the intent may have taken longer than this execution may act: by now another one can have sent.
  if (isOver(step)) return { outcome: 'not-sent', fault: new StepFault('STEP_TIMEOUT', 'no time left to send') };
  const { resolved, request } = authority.bound;
  const context = resolved.context(step.signal, (percent) => step.progress(percent));
  step.deps.telemetry.event('effect.intended', { run: step.scope.run, step: effect.step, batch: effect.batch });
  try {
    if ('command' in request.target) {
      const [values] = batch.records;
      return await resolved.adapter.execute(context, {
        command: request.target.command,
        arguments: isJsonObject(values) ? values : {},
        idempotencyKey: effect.key,
      });
    }
    return await resolved.adapter.push(context, {
      resource: request.target.resource,
      mode: request.target.mode,
      records: batch.records,
      recordKeys: batch.recordKeys,
      idempotencyKey: effect.key,
    });
  } catch (error) {
    if (error instanceof StepFault) return { outcome: 'not-sent', fault: error };
    if (!(error instanceof LostAnswer)) step.deps.telemetry.fault('ADAPTER_FAULT', error, { step: effect.step });
    return { outcome: 'lost' };
  }
}

/** Nothing may be sent any more in this attempt. */
export const isOver = ({ signal, deadline, deps }: Step): boolean => signal.aborted || deps.clock.now() >= deadline;

/** Asks through the connector version with which it was sent. */
export async function ask(sender: Sender, effect: EffectDocument): Promise<LookupAnswer> {
  const { step, authority } = sender;
  const { target } = authority.bound.request;
  const same = effect.connectorVersion === authority.bound.request.connectorVersion;
  const resolved = same
    ? authority.bound.resolved
    : await step.deps.adapters.resolve(step.scope.tenant, effect.connector, effect.connectorVersion);
  const context = resolved.context(step.signal, (percent) => step.progress(percent));
  return resolved.adapter.reconcile(context, {
    target: 'command' in target ? { command: target.command } : { resource: target.resource },
    idempotencyKey: effect.key,
  });
}
