/**
 * The effects of one step as this execution knows them, and their commits. A confirmed effect waits for the next commit,
 * so that a write of n batches costs n + 1 commits; everything that is less certain is written at once.
 */
import { isOpen } from '../domain/effect/slot.ts';
import type { EffectDocument, RequestDocument, RunDocument } from '../domain/run/documents.ts';
import type { Step } from './step.ts';

export interface Ledger {
  get(id: string): EffectDocument | null;
  /** Commits `intended` if the slot, read inside the commit, still calls for it. */
  intend(effect: EffectDocument, stillDue: (found: EffectDocument | null) => boolean): Promise<boolean>;
  /** To be written with the next commit. */
  settle(effect: EffectDocument): void;
  commit(effects: readonly EffectDocument[], type: string): Promise<void>;
  flush(): Promise<void>;
  /** Everything that is not yet written. */
  rest(): readonly RunDocument[];
}

export function openLedger(
  step: Step,
  found: ReadonlyMap<string, EffectDocument>,
  fresh: RequestDocument | null,
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
  const written = (): void => {
    waiting.clear();
    record = null;
  };

  async function commit(effects: readonly EffectDocument[], type: string): Promise<void> {
    await step.transact(async () => {
      const put = await unlessConfirmed(effects);
      put.forEach(know);
      const [first] = effects;
      return {
        put: [...rest(), ...put],
        openEffects: open.size,
        event: { type, batch: first?.batch ?? null, epoch: first?.epoch ?? null },
      };
    });
    written();
  }

  /** Of two executions under one fence the one that has the target's confirmation is right. */
  async function unlessConfirmed(effects: readonly EffectDocument[]): Promise<readonly EffectDocument[]> {
    const kept: EffectDocument[] = [];
    for (const effect of effects) {
      const stored = await step.deps.runs.readDocument(step.scope, 'effect', effect.id);
      const beaten = stored?.state === 'confirmed' && stored.key === effect.key && effect.state !== 'confirmed';
      if (beaten) know(stored);
      else kept.push(effect);
    }
    return kept;
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
      if (rest().length > 0) await commit([], 'EFFECTS_CONFIRMED');
    },
    intend: async (effect, stillDue) => {
      let due = true;
      await step.transact(async () => {
        const stored = await step.deps.runs.readDocument(step.scope, 'effect', effect.id);
        due = stillDue(stored);
        if (!due && stored !== null) know(stored);
        const put = due ? [...rest(), effect] : rest();
        return {
          put,
          openEffects: open.size + (due && !open.has(effect.id) ? 1 : 0),
          event: { type: due ? 'EFFECT_INTENDED' : 'EFFECT_FOUND', batch: effect.batch, epoch: effect.epoch },
        };
      });
      written();
      if (due) know(effect);
      return due;
    },
  };
}
