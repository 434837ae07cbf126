/**
 * The effects of one step as this execution knows them, and their commits. A confirmed effect waits for the next commit,
 * so that a write of n batches costs n + 1 commits; everything that is less certain is written at once.
 */
import { isOpen, unchangedSince } from '../domain/effect/slot.ts';
import type { EffectDocument, RunDocument } from '../domain/run/documents.ts';
import { AuthorityLost, type Authority } from './dispatch.ts';
import type { Step, Transaction } from './step.ts';

export interface Ledger {
  get(id: string): EffectDocument | null;
  /** Commits `intended` if nobody has changed the slot since it was read. Throws `AuthorityLost` when the decision is void. */
  intend(effect: EffectDocument): Promise<boolean>;
  /** To be written with the next commit. */
  settle(effect: EffectDocument): void;
  /** Writes a change of the slot as it is known here, unless somebody else has changed it; a confirmation always counts. */
  commit(effect: EffectDocument, type: string): Promise<void>;
  flush(): Promise<void>;
  /** Everything that is not yet written. */
  rest(): readonly RunDocument[];
}

export function openLedger(
  step: Step,
  found: ReadonlyMap<string, EffectDocument>,
  { fresh, stands, inTime }: Pick<Authority, 'fresh' | 'stands' | 'inTime'>,
): Ledger {
  const known = new Map(found);
  const waiting = new Map<string, EffectDocument>();
  let record = fresh;

  const rest = (): readonly RunDocument[] => [...(record === null ? [] : [record]), ...waiting.values()];
  const open = new Set([...found.values()].filter(isOpen).map((effect) => effect.id));
  const know = (effect: EffectDocument): void => {
    known.set(effect.id, effect);
    if (isOpen(effect)) open.add(effect.id);
    else open.delete(effect.id);
  };
  /**
   * Sequence number of the head at which all that is known here was true; null once anybody else has committed. Every change of a
   * slot or a decision comes with a new head, so under the same head nothing has to be read again.
   */
  let seen: number | null = step.head.audit.seq;

  async function transact(build: (alone: boolean) => Promise<Transaction> | Transaction): Promise<void> {
    await step.transact((head) => {
      if (head.audit.seq !== seen) seen = null;
      return build(seen !== null);
    });
    if (seen !== null) seen += 1;
    waiting.clear();
    record = null;
  }

  const stored = (id: string): Promise<EffectDocument | null> => step.deps.runs.readDocument(step.scope, 'effect', id);

  async function commit(effect: EffectDocument, type: string): Promise<void> {
    const base = known.get(effect.id) ?? null;
    await transact(async (alone) => {
      const found = alone ? base : await stored(effect.id);
      const valid = unchangedSince(found, base) || (effect.state === 'confirmed' && found?.key === effect.key);
      if (valid) know(effect);
      else if (found !== null) know(found);
      const event = { type, batch: effect.batch, epoch: effect.epoch, valid };
      return { put: valid ? [...rest(), effect] : rest(), openEffects: open.size, event };
    });
  }

  return {
    get: (id) => known.get(id) ?? null,
    rest,
    settle: (effect) => {
      know(effect);
      waiting.set(effect.id, effect);
    },
    commit,
    flush: async () => {
      if (rest().length === 0) return;
      const type = 'EFFECTS_CONFIRMED';
      await transact(() => ({ put: rest(), openEffects: open.size, event: { type, count: waiting.size } }));
    },
    intend: async (effect) => {
      const base = known.get(effect.id) ?? null;
      let due = true;
      await transact(async (alone) => {
        const [found, authorised] = alone ? [base, true] : await Promise.all([stored(effect.id), stands()]);
        if (!authorised || !inTime()) throw new AuthorityLost();
        due = unchangedSince(found, base);
        if (!due && found !== null) know(found);
        return {
          put: due ? [...rest(), effect] : rest(),
          openEffects: open.size + (due && !open.has(effect.id) ? 1 : 0),
          intends: waiting.size === 0,
          event: { type: due ? 'EFFECT_INTENDED' : 'EFFECT_FOUND', batch: effect.batch, epoch: effect.epoch },
        };
      });
      if (due) know(effect);
      return due;
    },
  };
}
