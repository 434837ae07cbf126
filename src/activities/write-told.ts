/**
 * A write that failed tells what became of its records. It is read from the recorded effects and not from the execution that
 * failed: so it is true whatever went wrong, also before this attempt sent anything. Sealed with the error.
 */
import { tally, type Sent } from '../domain/effect/tally.ts';
import { effectPlace } from '../domain/effect/transitions.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { Step, StepOutcome } from './step.ts';

/** The outcome with its `records`, where it is the failure of a write of which something is known. */
export async function tellRecords(step: Step, outcome: StepOutcome): Promise<StepOutcome> {
  const { verb } = step.step.action;
  if (outcome.kind !== 'failed' || (verb !== 'PUSH' && verb !== 'EXECUTE')) return outcome;
  const recorded = await step.deps.runs.listDocuments(step.scope, 'effect');
  const effects = recorded.filter((effect) => effect.step === step.step.ordinal);
  const total = outcome.total ?? null;
  if (effects.length === 0 && total === null) return outcome;
  const sent = await Promise.all(effects.map((effect) => openSent(step, effect)));
  return { ...outcome, records: tally(sent, total) };
}

async function openSent(step: Step, effect: EffectDocument): Promise<Sent> {
  const open = async (field: 'request' | 'receipt'): Promise<JsonObject> => {
    const sealed = effect[field];
    const value = sealed === null ? null : await step.deps.vault.open(effectPlace(step.scope, effect, field), sealed);
    return isJsonObject(value) ? value : {};
  };
  const [request, receipt] = await Promise.all([open('request'), open('receipt')]);
  const { records, recordKeys } = request;
  return {
    batch: effect.batch,
    state: effect.state,
    count: Array.isArray(records) ? records.length : 0,
    keys: Array.isArray(recordKeys) ? (recordKeys as readonly string[]) : null,
    reason: (receipt['reason'] as Json | undefined) ?? null,
    refused: Array.isArray(receipt['refused']) ? (receipt['refused'] as unknown as Sent['refused']) : [],
  };
}
