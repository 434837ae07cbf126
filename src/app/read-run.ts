/** A run as the API shows it: head and plan read together, states of rows with READY derived. Opens no sealed value. */
import type { Deps } from '../ports/deps.ts';
import { STEP_CODES } from '../domain/errors.ts';
import type { RunScope } from '../domain/ids.ts';
import { isEndState, type Head, type Row } from '../domain/run/head.ts';
import { traceIdOf } from '../domain/run/trace-context.ts';
import type { Plan, PlanStep } from '../domain/workflow/plan.ts';
import type { StoredHead } from '../ports/run-store.ts';

export const SENSITIVE = { $sensitive: true } as const;

type Reader = Pick<Deps, 'runs' | 'plans' | 'clock'>;

export async function readRun(deps: Reader, scope: RunScope): Promise<{ head: Head; plan: Plan; etag: string } | null> {
  const stored = await deps.runs.readHead(scope);
  if (stored === null) return null;
  const plan = await deps.plans.get(scope.tenant, stored.head.workflow, stored.head.version);
  return { head: stored.head, plan, etag: stored.etag };
}

/** Answers once the run's chain is longer than `after`, or the run has ended, or the time is over. */
export async function waitForRun(
  deps: Reader,
  scope: RunScope,
  after: number,
  waitMs: number,
  until: (head: Head) => boolean = () => false,
): Promise<StoredHead | null> {
  const end = Date.parse(deps.clock.now()) + waitMs;
  for (let pause = 10; ; pause = Math.min(250, pause * 1.5)) {
    const stored = await deps.runs.readHead(scope);
    if (stored === null || stored.head.audit.seq > after || isEndState(stored.head.state) || until(stored.head))
      return stored;
    const left = end - Date.parse(deps.clock.now());
    if (left <= 0) return stored;
    await deps.clock.sleep(Math.min(pause, left));
  }
}

/** Summary of a run; `plan` adds the steps. */
export function runView(head: Head, plan: Plan | null) {
  return {
    id: head.run,
    workflow: head.workflow,
    version: head.version,
    state: head.state,
    reason: head.state === 'PENDING' ? head.pendingReason : head.state === 'PAUSED' ? `by ${head.pausedBy}` : null,
    phase: head.phase,
    attempt: head.attempt,
    partial: head.partial,
    cause:
      head.cause === null
        ? null
        : { code: head.cause.code, step: rowId(head, head.cause.step), next: nextFor(head.cause.code) },
    trigger: head.trigger,
    startedBy: head.startedBy,
    businessKey: head.businessKey,
    createdAt: head.createdAt,
    startedAt: head.startedAt,
    endedAt: head.endedAt,
    erasedAt: head.erasedAt ?? null,
    activeMs: head.activeMs,
    waitingFor: head.rows.filter((row) => row.state === 'SUSPENDED').map((row) => waitOf(head, row)),
    traceId: traceIdOf(head.traceparent),
    auditSeq: head.audit.seq,
    ...(plan === null ? {} : { steps: plan.steps.map((step) => stepView(head, plan, step)) }),
  };
}
export type RunView = ReturnType<typeof runView>;

function stepView(head: Head, plan: Plan, step: PlanStep) {
  const row = head.rows[step.ordinal] as Row;
  return {
    id: step.id,
    ordinal: step.ordinal,
    verb: step.action.verb,
    state: isReady(head, plan, step) ? 'READY' : row.state,
    reason: row.reason,
    attempt: row.attempt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    durationMs:
      row.startedAt !== null && row.endedAt !== null ? Date.parse(row.endedAt) - Date.parse(row.startedAt) : null,
    wakeAt: row.wakeAt,
    deadline: row.state === 'SUSPENDED' ? row.due : null,
    error: row.errorCode === null ? null : { code: row.errorCode, next: nextFor(row.errorCode) },
    openEffects: row.openEffects,
    output: row.result === null ? null : SENSITIVE,
  };
}

/** Dependencies have ended and nobody has claimed it: only seen while a run is paused or between two commits. */
function isReady(head: Head, plan: Plan, step: PlanStep): boolean {
  const row = head.rows[step.ordinal];
  if (
    row?.state !== 'PENDING' ||
    step.list !== 'MAIN' ||
    head.phase !== 'MAIN' ||
    isEndState(head.state) ||
    head.state === 'PENDING'
  )
    return false;
  return step.dependsOn.every((ordinal) => {
    const dependency = head.rows[ordinal];
    if (!dependency || !isEndState(dependency.state)) return false;
    return dependency.state !== 'FAILED' || plan.steps[ordinal - 1]?.onError === 'continue';
  });
}

function waitOf(head: Head, row: Row) {
  return {
    step: row.id,
    reason: row.reason ?? 'TIMER',
    approval: row.reason === 'APPROVAL' ? `${head.run}~${row.step}` : null,
    deadline: row.due,
  };
}

function rowId(head: Head, ordinal: number | null): string | null {
  return ordinal === null ? null : (head.rows[ordinal]?.id ?? null);
}

export function nextFor(code: string): string {
  return code in STEP_CODES ? STEP_CODES[code as keyof typeof STEP_CODES].next : 'Look at the step in the run.';
}
