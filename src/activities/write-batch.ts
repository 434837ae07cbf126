/**
 * Carries one effect slot to its end: `intended` committed, sent, answered, recorded; or whatever `nextMove` says about
 * what an earlier execution left. Invariants:
 * 1. an `intended` that this execution did not commit itself is somebody else's;
 * 2. the slot is judged again inside the commit, on the document as it then is;
 * 3. a change that is known is handed on and written with the next commit, at the latest with the step's end.
 */
import type { KeyObject } from 'node:crypto';
import { GRACE_MS, nextMove, surelyNew, type Target } from '../domain/effect/slot.ts';
import { absent, confirmed, effectPlace, lost, noted, refused } from '../domain/effect/transitions.ts';
import type { LookupAnswer } from '../adapters/adapter.ts';
import { later } from '../domain/instant.ts';
import { hex } from '../domain/sealing/digest.ts';
import { STEP_CODES, StepFault } from '../domain/errors.ts';
import type { Instant, Json } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { Ledger } from './write-ledger.ts';
import { effectDigest, effectKey } from './write-keys.ts';
import { ask, isOver, send, type Sender } from './write-send.ts';
import { requestOf, type Batch } from './write-slots.ts';
import type { StepOutcome } from './step.ts';

export interface Writer extends Sender {
  readonly target: Target;
  readonly key: KeyObject;
  readonly ledger: Ledger;
}

export type BatchEnd =
  | { readonly kind: 'confirmed'; readonly effect: EffectDocument }
  | { readonly kind: 'ended'; readonly outcome: StepOutcome };

/** While a person is waited for, the slot is looked at again: after a minute, then twice as long, at last every hour. */
const LOOK_AGAIN_MS = { first: 60_000, longest: 3_600_000 };
/** Sends of one key within one turn: what still has no answer then waits for the next attempt. */
const MOST_SENDS = 2;

const failed = (
  code: 'OUTSIDE_UNAVAILABLE' | 'OUTSIDE_REFUSED' | 'EFFECT_CHANGED',
  detail: string,
  ms: number | null = null,
): BatchEnd => ({
  kind: 'ended',
  outcome: { kind: 'failed', code, detail, retryAfterMs: ms },
});

export async function writeBatch(writer: Writer, batch: Batch): Promise<BatchEnd> {
  const { step, ledger } = writer;
  const digest = effectDigest(writer.key, batch.name, requestOf(writer.authority.bound, batch));
  for (let sends = 0; ;) {
    const slot = ledger.get(batch.id);
    const move = nextMove(slot, digest, targetFor(writer, slot), step.deps.clock.now());
    switch (move.do) {
      case 'done':
        return { kind: 'confirmed', effect: slot as EffectDocument };
      case 'changed':
        return failed('EFFECT_CHANGED', `batch ${batch.name.batch}: what was sent under its key had other content`);
      case 'sleep':
        return { kind: 'ended', outcome: { kind: 'sleep', until: move.until } };
      case 'ask-person': {
        const end = await askPerson(writer, slot as EffectDocument);
        if (end !== null) return end;
        break;
      }
      case 'did-not-happen':
        await ledger.commit(noted(slot as EffectDocument), 'EFFECT_NOTED');
        return failed('OUTSIDE_REFUSED', `batch ${batch.name.batch}: a person found that it was not written`);
      case 'look-up': {
        const end = await lookUp(writer, slot as EffectDocument, move.counts);
        if (end !== null) return end;
        break;
      }
      case 'send': {
        if (sends >= MOST_SENDS) {
          const end = await unanswered(writer, slot as EffectDocument);
          if (end !== null) return end;
          sends = 0;
          break;
        }
        const effect = await intend(writer, batch, move.epoch, digest);
        if (effect === null) break;
        sends += 1;
        const end = await sendAndRecord(writer, batch, effect, surelyNew(slot));
        if (end !== null) return end;
      }
    }
  }
}

/** A key is honoured by the system that has seen it: another connector version may lead elsewhere. */
function targetFor({ target, authority }: Writer, slot: EffectDocument | null): Target {
  const same = slot === null || slot.connectorVersion === authority.bound.request.connectorVersion;
  return same ? target : { ...target, honoursKey: false };
}

/** Commits `intended`; null when the slot turned out to be something else by then. */
async function intend(writer: Writer, batch: Batch, epoch: number, digest: string): Promise<EffectDocument | null> {
  const { step, authority, ledger } = writer;
  const { scope, deps, step: planned } = step;
  if (isOver(step)) throw new StepFault('STEP_TIMEOUT', 'no time left to send');
  const { request } = authority.bound;
  const basis = {
    step: planned.ordinal,
    record: batch.name.record,
    batch: batch.name.batch,
    attempt: step.head.attempt,
  };
  const effect: EffectDocument = {
    kind: 'effect',
    id: batch.id,
    ...basis,
    epoch,
    state: 'intended',
    key: effectKey(writer.key, batch.name, epoch),
    requestDigest: digest,
    connector: request.connector,
    connectorVersion: request.connectorVersion,
    resource: 'resource' in request.target ? request.target.resource : request.target.command,
    // Two executions of one turn share their lane: a number of its own tells whose intent stands.
    executor: `${step.lane}~${hex(deps.ids.bytes(4))}`,
    until: later(step.deadline, GRACE_MS),
    absentAt: null,
    request: await deps.vault.seal(effectPlace(scope, basis, 'request'), requestOf(authority.bound, batch)),
    receipt: null,
    settledAt: null,
    decision: authority.record,
  };
  return (await ledger.intend(effect)) ? effect : null;
}

/**
 * Null when the answer was lost: the slot says so, and is judged again. `first`: the key has surely not been sent before,
 * so that a refusal settles it.
 */
async function sendAndRecord(
  writer: Writer,
  batch: Batch,
  effect: EffectDocument,
  first: boolean,
): Promise<BatchEnd | null> {
  const { step, ledger } = writer;
  const { scope, deps } = step;
  const sealReceipt = (value: Json) => deps.vault.seal(effectPlace(scope, effect, 'receipt'), value);
  const answer = await send(writer, batch, effect);
  const now = deps.clock.now();
  const told = {
    tenant: scope.tenant,
    run: scope.run,
    step: effect.step,
    batch: effect.batch,
    epoch: effect.epoch,
    connector: effect.connector,
  };
  switch (answer.outcome) {
    case 'confirmed': {
      const receipt = { receipt: answer.receipt, refused: (answer.refused ?? []) as unknown as Json };
      const done = confirmed(effect, await sealReceipt(receipt), now);
      ledger.settle(done);
      deps.telemetry.event('effect.confirmed', told);
      return { kind: 'confirmed', effect: done };
    }
    case 'refused': {
      const reason = JSON.stringify(answer.reason);
      if (!first) return refusedAgain(writer, effect, answer.retryable, reason, answer.retryAfterMs);
      await ledger.commit(refused(effect, await sealReceipt({ reason: answer.reason }), now), 'EFFECT_REFUSED');
      deps.telemetry.event('effect.refused', told);
      const code = answer.retryable ? 'OUTSIDE_UNAVAILABLE' : 'OUTSIDE_REFUSED';
      return failed(code, `batch ${effect.batch}: ${reason}`, answer.retryAfterMs);
    }
    case 'not-sent': {
      const { fault } = answer;
      if (!first)
        return refusedAgain(writer, effect, STEP_CODES[fault.code].retryable, fault.detail, fault.retryAfterMs);
      await ledger.commit(refused(effect, null, now), 'EFFECT_REFUSED');
      throw fault;
    }
    case 'lost':
      await ledger.commit(lost(effect, now), 'EFFECT_UNKNOWN');
      deps.telemetry.event('effect.unknown', told);
      return null;
  }
}

/** Of a key that may have been sent before, a refusal only tells about this time: it stays unknown. */
async function refusedAgain(
  writer: Writer,
  effect: EffectDocument,
  retryable: boolean,
  reason: string,
  retryAfterMs: number | null,
): Promise<BatchEnd | null> {
  const { step, ledger } = writer;
  await ledger.commit(lost(effect, step.deps.clock.now()), 'EFFECT_UNKNOWN');
  const unknown = ledger.get(effect.id) ?? effect;
  if (!retryable || step.row.attempt >= step.step.retry.maxAttempts) return askPerson(writer, unknown);
  return failed('OUTSIDE_UNAVAILABLE', `batch ${effect.batch}: ${reason}`, retryAfterMs);
}

/** Null when there is an answer, which is then recorded. A target that does not answer is asked in the next attempt. */
async function lookUp(writer: Writer, effect: EffectDocument, counts: boolean): Promise<BatchEnd | null> {
  const { step, ledger } = writer;
  const { scope, deps } = step;
  let answer: LookupAnswer;
  try {
    answer = await ask(writer, effect);
  } catch (error) {
    const last = step.row.attempt >= step.step.retry.maxAttempts && !step.signal.aborted;
    if (!(error instanceof StepFault) || !last) throw error;
    return askPerson(writer, effect);
  }
  const now: Instant = deps.clock.now();
  if (!answer.found) {
    await ledger.commit(absent(effect, counts, now), 'EFFECT_ABSENT');
    return null;
  }
  const receipt = await deps.vault.seal(effectPlace(scope, effect, 'receipt'), {
    receipt: answer.receipt,
    refused: [],
  });
  await ledger.commit(confirmed(effect, receipt, now), 'EFFECT_FOUND');
  deps.telemetry.event('effect.confirmed', {
    run: scope.run,
    step: effect.step,
    batch: effect.batch,
    connector: effect.connector,
    reconciled: true,
  });
  return null;
}

/** Sent and never answered at a target that honours its key: the next attempt sends again; after the last, a person looks. */
async function unanswered(writer: Writer, slot: EffectDocument): Promise<BatchEnd | null> {
  const { row, step } = writer.step;
  if (row.attempt >= step.retry.maxAttempts) return askPerson(writer, slot);
  return failed('OUTSIDE_UNAVAILABLE', `batch ${slot.batch}: the target does not answer; the same key is sent again`);
}

/** Null when another execution has learned more by now: the slot is judged again. */
async function askPerson(writer: Writer, slot: EffectDocument): Promise<BatchEnd | null> {
  const { step, ledger } = writer;
  const now = step.deps.clock.now();
  await ledger.commit(slot.state === 'intended' ? lost(slot, now) : slot, 'EFFECT_ASKED');
  if (ledger.get(slot.id)?.state !== 'unknown') return null;
  const waited = Date.parse(now) - Date.parse(slot.until ?? now);
  const wait = Math.min(LOOK_AGAIN_MS.longest, Math.max(LOOK_AGAIN_MS.first, waited));
  const due = later(now, wait);
  return { kind: 'ended', outcome: { kind: 'suspended', reason: 'EFFECT', due, put: [], post: [] } };
}
