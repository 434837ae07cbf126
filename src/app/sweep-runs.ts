/**
 * The sweep: takes runs whose `nextDue` has passed and does what is due in each. No other recovery exists. Safe to run
 * twice at once: everything it does is a commit that is refused when somebody else was faster.
 */
import { between } from '../domain/instant.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import { timeoutAt } from '../domain/run/derive.ts';
import { isEndState, type Head, type Row } from '../domain/run/head.ts';
import { commitRun } from './commit-run.ts';
import { deliverOutbox, type DeliveryDeps } from './deliver-outbox.ts';
import { settleEffects, type SettleDeps } from './resolve-effect-settle.ts';
import { lookAtLane, newAllowance, type Allowance } from './sweep-lane.ts';

export type SweepDeps = DeliveryDeps & SettleDeps;

/** Runs looked at in one sweep, and at once. */
const MOST_RUNS = 400;
const AT_ONCE = 16;

export interface Swept {
  readonly due: number;
  /** How long ago the oldest of the runs found should have been looked at. */
  readonly lagMs: number;
}

/** One pass over the runs that are due, earliest first, at most 400; one that fails is told and tried again by a later pass. */
export async function sweepRuns(deps: SweepDeps): Promise<Swept> {
  const now = deps.clock.now();
  const due = [...(await deps.runs.listDue(now, MOST_RUNS))];
  const swept = { due: due.length, lagMs: 0 };
  const allowance = newAllowance(deps.lanes);
  const worker = async (): Promise<void> => {
    for (let scope = due.shift(); scope !== undefined; scope = due.shift()) {
      swept.lagMs = Math.max(swept.lagMs, await sweepOne(deps, scope, allowance, now));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker));
  return swept;
}

/** One run's trouble does not keep the others waiting. Answers how late this one was looked at. */
async function sweepOne(deps: SweepDeps, scope: RunScope, allowance: Allowance, now: Instant): Promise<number> {
  const attributes = { tenant: scope.tenant, run: scope.run };
  try {
    const stored = await deps.runs.readHead(scope);
    if (stored === null) return 0;
    const { head } = stored;
    await deps.telemetry.within({ name: 'sweep', traceparent: head.traceparent, attributes }, () =>
      sweepHead(deps, scope, head, allowance),
    );
    return head.nextDue === null ? 0 : Math.max(0, between(head.nextDue, now));
  } catch (error) {
    deps.telemetry.fault('SWEEP_FAILED', error, attributes);
    return 0;
  }
}

async function sweepHead(deps: SweepDeps, scope: RunScope, head: Head, allowance: Allowance): Promise<void> {
  const now = deps.clock.now();
  const limit = timeoutAt(head);
  if (limit !== null && limit <= now) {
    await commitRun(deps, scope, (fresh) => {
      const still = timeoutAt(fresh);
      return still !== null && still <= now ? { event: { type: 'TIMED_OUT' } } : null;
    });
  }
  for (const row of head.rows) {
    if (row.due !== null && row.due <= now) await sweepRow(deps, scope, head, row, allowance);
  }
  await deliverOutbox(deps, scope, head);
}

async function sweepRow(deps: SweepDeps, scope: RunScope, head: Head, row: Row, allowance: Allowance): Promise<void> {
  const { step, fence } = row;
  if (isEndState(row.state)) {
    if (row.openEffects > 0) await settleEffects(deps, scope, row);
    return;
  }
  if (row.state === 'SUSPENDED' && !row.decided) {
    if (head.pausedBy !== null && row.reason === 'TIMER') return;
    await commitRun(deps, scope, () => ({ event: { type: 'DEADLINE_PASSED', step, fence } }));
    return;
  }
  await lookAtLane(deps, scope, row, allowance);
}
