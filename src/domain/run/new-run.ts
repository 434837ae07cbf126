/** The first head of a run: `$begin` claimed by the first lane, every step PENDING, nothing of the audit chain yet. */
import { later } from '../instant.ts';
import { laneId, type PrincipalId, type RunScope } from '../ids.ts';
import { inCanonicalOrder, type Instant } from '../json.ts';
import type { Plan } from '../workflow/plan.ts';
import { DEFAULT_RHYTHM, type Rhythm } from './draft.ts';
import type { Head, Row } from './head.ts';

/** A first lane that nobody started is started by the sweep after so many of the usual silences. */
const BEGIN_SILENCES = 3;
/** `prev` of the first record of a chain. */
export const GENESIS = '0'.repeat(64);

export interface NewRun {
  readonly scope: RunScope;
  readonly plan: Plan;
  readonly startedBy: { readonly id: PrincipalId; readonly kind: 'user' | 'app' | 'system' };
  readonly trigger: Head['trigger'];
  readonly scheduledFor: Instant | null;
  readonly businessKey: string | null;
  readonly traceparent: string | null;
  readonly now: Instant;
}

/** A row as it is before anything has happened to it in this attempt. */
export const UNTOUCHED = {
  state: 'PENDING',
  reason: null,
  attempt: 0,
  takeovers: 0,
  since: null,
  due: null,
  wakeAt: null,
  lane: null,
  out: null,
  decided: false,
  chosen: null,
  startedAt: null,
  endedAt: null,
  errorCode: null,
  result: null,
} satisfies Omit<Row, 'step' | 'id' | 'fence' | 'openEffects'>;

/** Every row is made from this one, and hashed whenever it changes. */
const NEW_ROW: Row = inCanonicalOrder({ ...UNTOUCHED, step: 0, id: '', fence: 0, openEffects: 0 });

export function newHead(run: NewRun, rhythm: Rhythm = DEFAULT_RHYTHM): Head {
  const { scope, plan, now } = run;
  const due = later(now, BEGIN_SILENCES * rhythm.silenceMs);
  const begin: Row = {
    ...NEW_ROW,
    step: 0,
    id: '$begin',
    state: 'RUNNING',
    fence: 1,
    attempt: 1,
    since: now,
    due,
    lane: laneId(scope.run, 0, 1),
    startedAt: now,
  };
  const steps = plan.steps.map((step): Row => ({ ...NEW_ROW, step: step.ordinal, id: step.id }));
  return {
    tenant: scope.tenant,
    run: scope.run,
    kind: 'run',
    workflow: plan.workflow,
    version: plan.version,
    attempt: 1,
    state: 'PENDING',
    pendingReason: 'START',
    pausedBy: null,
    phase: 'MAIN',
    endingAs: null,
    cause: null,
    partial: false,
    startedBy: run.startedBy,
    trigger: run.trigger,
    scheduledFor: run.scheduledFor,
    createdAt: now,
    startedAt: null,
    endedAt: null,
    erasedAt: null,
    activeMs: 0,
    activeSince: null,
    timeoutMs: plan.timeoutMs,
    businessKey: run.businessKey,
    slot: null,
    traceparent: run.traceparent,
    audit: { seq: 0, hash: GENESIS },
    nextDue: due,
    outbox: [],
    rows: [begin, ...steps, { ...NEW_ROW, step: plan.steps.length + 1, id: '$end' }],
  };
}
