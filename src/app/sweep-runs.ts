/**
 * The sweep: takes runs whose `nextDue` has passed and does what is due in each. No other recovery exists. Safe to run
 * twice at once: everything it does is a commit that is refused when somebody else was faster.
 */
import type { RunScope } from '../domain/ids.ts';
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

export async function sweepRuns(deps: SweepDeps): Promise<void> {
  const due = [...(await deps.runs.listDue(deps.clock.now(), MOST_RUNS))];
  if (due.length === 0) return;
  const allowance = newAllowance(deps.lanes);
  const worker = async (): Promise<void> => {
    for (let scope = due.shift(); scope !== undefined; scope = due.shift()) await sweepOne(deps, scope, allowance);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker));
}

/** One run's trouble does not keep the others waiting. */
async function sweepOne(deps: SweepDeps, scope: RunScope, allowance: Allowance): Promise<void> {
  try {
    const stored = await deps.runs.readHead(scope);
    if (stored !== null) await sweepHead(deps, scope, stored.head, allowance);
  } catch (error) {
    deps.telemetry.fault('SWEEP_FAILED', error, { tenant: scope.tenant, run: scope.run });
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
