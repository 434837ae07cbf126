/**
 * The readiness rules of LANGUAGE §3, and nothing else: what is to become of one step that has not begun, given the rows
 * of the others. Says nothing about pause, phases or who carries the step.
 */
import type { Plan, PlanStep } from '../workflow/plan.ts';
import { isEndState, type Row, type SkipReason } from './head.ts';
import { stepOf } from './topology.ts';

export type Readiness = 'WAIT' | 'RUN' | Exclude<SkipReason, 'OPERATOR'>;

type Rows = readonly Row[];

function rowAt(rows: Rows, ordinal: number): Row {
  const row = rows[ordinal];
  if (row === undefined) throw new RangeError(`the head has no row ${ordinal}`);
  return row;
}

/** Ended, and so have the handler steps of its own that a failure calls for. */
export function isSettled(plan: Plan, rows: Rows, ordinal: number): boolean {
  const row = rowAt(rows, ordinal);
  if (!isEndState(row.state)) return false;
  return row.state !== 'FAILED' || stepOf(plan, ordinal).handler.every((each) => isSettled(plan, rows, each));
}

/** Failed, with nothing that lets the run go on: neither `continue`, nor handler steps that ended well and then continue. */
export function isFatal(plan: Plan, rows: Rows, ordinal: number): boolean {
  if (rowAt(rows, ordinal).state !== 'FAILED') return false;
  const step = stepOf(plan, ordinal);
  return step.onError === 'fail' || step.handler.some((each) => isFatal(plan, rows, each));
}

/** Rules (1) to (3) and (5); rule (4), `when`, is evaluated by the turn itself. */
export function readiness(plan: Plan, rows: Rows, step: PlanStep): Readiness {
  if (step.handles !== null) {
    const handled = rowAt(rows, step.handles);
    if (!isEndState(handled.state)) return 'WAIT';
    if (handled.state !== 'FAILED') return 'CONDITION';
  }
  if (step.dependsOn.some((each) => isSettled(plan, rows, each) && isFatal(plan, rows, each))) return 'UPSTREAM_FAILED';
  if (isBypassed(plan, rows, step)) return 'LOGIC_GATE';
  if (!step.dependsOn.every((each) => isSettled(plan, rows, each))) return 'WAIT';
  if (step.dependsOn.length > 0 && step.dependsOn.every((each) => skippedByGate(rows, each))) return 'LOGIC_GATE';
  if (step.governedBy !== null) {
    const govern = rowAt(rows, step.governedBy);
    if (!isEndState(govern.state)) return 'WAIT';
    if (govern.state !== 'SUCCEEDED' || govern.chosen !== 1) return 'NOT_APPROVED';
  }
  return 'RUN';
}

function skippedByGate(rows: Rows, ordinal: number): boolean {
  const row = rowAt(rows, ordinal);
  return row.state === 'SKIPPED' && row.reason === 'LOGIC_GATE';
}

/** A gate that names the step has ended without choosing one of the branches it is named in: known at once, whatever else is open. */
function isBypassed(plan: Plan, rows: Rows, step: PlanStep): boolean {
  return step.gates.some(({ gate }) => {
    if (!isSettled(plan, rows, gate)) return false;
    const row = rowAt(rows, gate);
    if (row.state !== 'SUCCEEDED') return true;
    return !step.gates.some((named) => named.gate === gate && named.branch === row.chosen);
  });
}
