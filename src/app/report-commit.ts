/**
 * Tells telemetry what a commit has changed. One place for all of it, after the commit is durable: whatever changes a run
 * is told in the same words, and nothing is told that did not happen.
 */
import { between } from '../domain/instant.ts';
import type { Instant } from '../domain/json.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { RunEvent } from '../domain/run/events.ts';
import { isEndState, type Head, type Row } from '../domain/run/head.ts';
import { LANE_VERSION } from '../domain/run/lane-version.ts';
import { traceIdOf } from '../domain/run/trace-context.ts';
import type { Plan } from '../domain/workflow/plan.ts';

export function reportCommit(telemetry: Telemetry, plan: Plan, before: Head, after: Head, event: RunEvent): void {
  const about = { tenant: after.tenant, run: after.run, trace: traceIdOf(after.traceparent) };
  for (const row of after.rows) {
    const was = before.rows[row.step];
    if (was !== undefined && was !== row) reportStep(telemetry, plan, about, was, row);
  }
  if (event.type === 'DEADLINE_PASSED' && before.rows[event.step]?.reason === 'APPROVAL')
    telemetry.event('approval.breached', { ...about, step: event.step });
  if (before.state === after.state) return;
  const { workflow } = after;
  if (isEndState(after.state)) {
    const code = after.cause?.code ?? null;
    const durationMs = lasted(after.createdAt, after.endedAt);
    telemetry.event('run.ended', {
      ...about,
      workflow,
      outcome: after.state,
      code,
      attempt: after.attempt,
      durationMs,
    });
  } else if (after.state === 'SUSPENDED')
    telemetry.event('run.suspended', { ...about, workflow, laneVersion: LANE_VERSION });
}

interface About {
  readonly tenant: string;
  readonly run: string;
  readonly trace: string | null;
}

/** The pseudo-steps have no verb and are not told: the run's own events say as much. */
function reportStep(telemetry: Telemetry, plan: Plan, about: About, was: Row, row: Row): void {
  const verb = plan.steps[row.step - 1]?.action.verb;
  if (verb === undefined) return;
  const { step, attempt, errorCode: code } = row;
  const at = { ...about, step, verb };
  if (isEndState(row.state) && !isEndState(was.state) && row.startedAt !== null) {
    const durationMs = lasted(row.startedAt, row.endedAt);
    telemetry.event('step.ended', { ...at, state: row.state, code, attempt, durationMs, laneVersion: LANE_VERSION });
  } else if (row.state === 'SUSPENDED' && was.state !== 'SUSPENDED')
    telemetry.event('step.suspended', { ...at, reason: row.reason });
  else if (row.state === 'RUNNING' && was.state === 'RUNNING' && row.attempt > was.attempt)
    telemetry.event('step.retried', { ...at, code, attempt });
}

const lasted = (from: Instant, to: Instant | null): number | null => (to === null ? null : between(from, to));
