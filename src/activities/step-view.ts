/** The `Step` that a verb is handed: its values, its seals, and the one way to commit while it works. */
import { commitRun } from '../app/commit-run.ts';
import type { Instant, Json } from '../domain/json.ts';
import { placeOf } from '../domain/run/facts.ts';
import type { LaneTurn, Row } from '../domain/run/head.ts';
import type { Plan, PlanStep } from '../domain/workflow/plan.ts';
import type { StoredHead } from '../ports/run-store.ts';
import type { Deps } from '../ports/deps.ts';
import type { Step } from './step.ts';
import { Superseded, type Transaction } from './step.ts';
import { stepValues } from './step-values.ts';
import type { Watch } from './step-watch.ts';

export interface View {
  readonly step: Step;
  /** The newest head that this turn has seen. */
  stored(): StoredHead;
  /** After this nothing of the turn commits any more. */
  close(): void;
}

export interface Viewed {
  readonly deps: Deps;
  readonly turn: LaneTurn;
  readonly plan: Plan;
  readonly step: PlanStep;
  readonly stored: StoredHead;
  readonly row: Row;
  readonly woken: boolean;
  readonly watch: Watch;
  readonly deadline: Instant;
}

export function viewStep({ deps, turn, plan, step, stored, row, woken, watch, deadline }: Viewed): View {
  const scope = { tenant: turn.tenant, run: turn.run };
  const { head } = stored;
  const values = stepValues(deps, scope, plan, head);
  let newest = stored;
  let open = true;

  async function transact(build: (head: StoredHead['head']) => Promise<Transaction> | Transaction): Promise<void> {
    const committed = await commitRun(
      deps,
      scope,
      async (current) => {
        const mine = current.rows[step.ordinal];
        if (!open || mine === undefined || mine.fence !== turn.fence) throw new Superseded();
        const { put, openEffects = mine.openEffects, intends = false, post, event } = await build(current);
        const about = { step: step.ordinal, fence: turn.fence, open: openEffects, intends };
        const changed = { type: 'EFFECTS_CHANGED', ...about } as const;
        return { event: post === undefined ? changed : { ...changed, post }, put, facts: event };
      },
      newest,
    );
    if (!committed.ok) throw new Superseded();
    newest = committed;
  }

  return {
    step: {
      scope,
      plan,
      step,
      lane: turn.lane,
      head,
      row,
      signal: watch.signal,
      deadline,
      woken,
      deps,
      values: () => values(step),
      valuesOf: values,
      seal: (path: string, field: string, value: Json) =>
        deps.vault.seal(placeOf(scope, path, field, head.attempt), value),
      open: (path, field, value, attempt) => deps.vault.open(placeOf(scope, path, field, attempt), value),
      place: (path, field, attempt) => placeOf(scope, path, field, attempt),
      progress: watch.progress,
      transact,
    },
    stored: () => newest,
    close: () => {
      open = false;
    },
  };
}
