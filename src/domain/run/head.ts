/**
 * The head of a run: the one document whose etag guards every commit. It holds control and one row per step; results,
 * requests and effects are documents of their own in the same partition. Nothing in a head is sensitive: ids, codes,
 * numbers and times only (`src/domain/sealing/stored.ts` declares each field).
 */
import type { LaneId, PrincipalId, RunId, TenantId, WorkflowId } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { Verb } from '../workflow/plan.ts';

export type RunState = 'PENDING' | 'RUNNING' | 'SUSPENDED' | 'PAUSED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type EndState = 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type Phase = 'MAIN' | 'ON_ERROR' | 'COMPENSATING' | 'FINALLY';
export type RowState = 'PENDING' | 'RUNNING' | 'SUSPENDED' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
export type SuspendReason = 'APPROVAL' | 'SIGNAL' | 'EFFECT' | 'CHILD' | 'TIMER';
export type SkipReason = 'LOGIC_GATE' | 'CONDITION' | 'NOT_APPROVED' | 'UPSTREAM_FAILED' | 'OPERATOR';

/**
 * Name of the activity that works a turn. `BEGIN` and `END` are the pseudo-steps; `PROBE` does nothing and shows how far
 * the hub is behind.
 */
export type TurnVerb = Verb | 'BEGIN' | 'END' | 'PROBE';
/** Every name that a turn can hold, so that each is registered as an activity. */
export const TURN_VERBS = [
  'BEGIN',
  'END',
  'PROBE',
  'FETCH',
  'LOOKUP',
  'PUSH',
  'EXECUTE',
  'TRANSFORM',
  'GOVERN',
  'LOGIC_GATE',
] as const satisfies readonly TurnVerb[];

/** What a lane does next: names of activities and numbers only, never data. */
export interface Turn {
  readonly tenant: TenantId;
  readonly run: RunId;
  readonly step: number;
  readonly fence: number;
  readonly verb: TurnVerb;
}

/** A turn as its lane hands it to an activity. */
export interface LaneTurn extends Turn {
  readonly lane: LaneId;
}

/** Answer of an activity to its lane; the row keeps the last one so that a repeated activity gives it again. */
export interface Out {
  /** The fence under which this was committed. */
  readonly fence: number;
  readonly next: Turn | null;
  readonly sleepUntil: Instant | null;
  readonly doorbell: string | null;
}

/** One step in one run (a task run). `step` is the ordinal, equal to its index in `rows`. */
export interface Row {
  readonly step: number;
  readonly id: string;
  readonly state: RowState;
  readonly reason: SkipReason | SuspendReason | null;
  /** Raised by every claim, attempt, reset and takeover; never lowered in the life of the run. */
  readonly fence: number;
  /** Attempts of the step within this run attempt, 1-based once claimed. */
  readonly attempt: number;
  /** Takeovers since the last commit of this step; five end it with `ENGINE_LOST`. */
  readonly takeovers: number;
  /** Last commit of this step, or its claim: silence is counted from here. */
  readonly since: Instant | null;
  /**
   * RUNNING, or SUSPENDED and decided: when the sweep looks at it next; SUSPENDED: the deadline; ended with open effects:
   * when they are asked for again.
   */
  readonly due: Instant | null;
  /** RUNNING but asleep until then (a short retry). */
  readonly wakeAt: Instant | null;
  /** The Durable instance that carries it. */
  readonly lane: LaneId | null;
  readonly out: Out | null;
  /** A decision is committed and not yet taken by the woken activity. */
  readonly decided: boolean;
  /** Gate only: index of the chosen branch. GOVERN only: 0 rejected or denied, 1 approved or allowed. */
  readonly chosen: number | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Closed error code of the last failure. */
  readonly errorCode: string | null;
  /** Document that holds the output or the error, in this run's partition; null when there is none. */
  readonly result: string | null;
  /** Effects of this step that are intended or unknown. */
  readonly openEffects: number;
}

/** Something to deliver outside the partition after the commit; idempotent by `id`. */
export interface OutboxEntry {
  readonly id: string;
  readonly kind: 'notice' | 'work-item' | 'tell-parent' | 'release-slot' | 'drop-key';
  readonly step: number | null;
  /** Document in this partition that holds what is to be delivered. */
  readonly document: string | null;
  readonly attempts: number;
  readonly notBefore: Instant;
}

export interface Head {
  readonly tenant: TenantId;
  readonly run: RunId;
  readonly kind: 'run';
  readonly workflow: WorkflowId;
  readonly version: number;
  /** Run attempt, 1-based. */
  readonly attempt: number;
  readonly state: RunState;
  readonly pendingReason: 'START' | 'SLOT' | null;
  readonly pausedBy: PrincipalId | null;
  readonly phase: Phase;
  /** Decided outcome while handlers and `finally` still run. */
  readonly endingAs: EndState | null;
  /** Why it is ending or ended: a closed code, with the step that caused it. */
  readonly cause: { readonly code: string; readonly step: number | null } | null;
  readonly partial: boolean;
  readonly startedBy: { readonly id: PrincipalId; readonly kind: 'user' | 'app' | 'system' };
  readonly trigger: 'api' | 'manual' | 'schedule' | 'signal';
  readonly scheduledFor: Instant | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** When the run's key was destroyed: nothing of its data can be read since. */
  readonly erasedAt: Instant | null;
  /** Milliseconds in which a row was RUNNING, up to `activeSince`. */
  readonly activeMs: number;
  readonly activeSince: Instant | null;
  readonly timeoutMs: number;
  /** HMAC of the business key under the tenant's index key, or its clear text when the definition says so. */
  readonly businessKey: string | null;
  /** Concurrency key (HMAC) and the grant held under it; grant 0: it holds none at the moment. Null without a limit. */
  readonly slot: { readonly key: string; readonly grant: number } | null;
  readonly traceparent: string | null;
  readonly audit: { readonly seq: number; readonly hash: string };
  readonly nextDue: Instant | null;
  readonly outbox: readonly OutboxEntry[];
  readonly rows: readonly Row[];
}

export const isEndState = (state: RunState | RowState): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED' || state === 'SKIPPED';
