/**
 * What can happen to a run, and what follows. `advance(plan, head, event, now)` is the only way a head changes; it is
 * pure, so every race is decided by the order in which commits succeed.
 */
import type { LaneId, PrincipalId } from '../ids.ts';
import type { Instant } from '../json.ts';
import type { EndState, Head, OutboxEntry, SuspendReason, Turn } from './head.ts';

export type RunEvent =
  /** `$begin` works: the slot is held, roots are claimed. */
  | { readonly type: 'BEGUN'; readonly fence: number; readonly lane: LaneId; readonly slot?: Head['slot'] }
  /** No slot: the run waits PENDING(SLOT). A free one is announced by `SLOT_FREE`; `until` is when it asks by itself. */
  | { readonly type: 'QUEUED'; readonly fence: number; readonly until: Instant | null }
  | { readonly type: 'SLOT_FREE' }
  /** It has waited for its slot as long as the definition allows. */
  | { readonly type: 'QUEUE_EXPIRED'; readonly fence: number }
  | {
      readonly type: 'STEP_SUCCEEDED';
      readonly step: number;
      readonly fence: number;
      readonly lane: LaneId;
      readonly result: string | null;
      readonly chosen: number | null;
    }
  | {
      readonly type: 'STEP_SKIPPED';
      readonly step: number;
      readonly fence: number;
      readonly lane: LaneId;
      readonly reason: 'CONDITION' | 'NOT_APPROVED';
    }
  /** One attempt failed. `retryAt` null means no attempt is left or the code is not retryable. */
  | {
      readonly type: 'STEP_FAILED';
      readonly step: number;
      readonly fence: number;
      readonly lane: LaneId;
      readonly code: string;
      readonly result: string | null;
      readonly retryAt: Instant | null;
    }
  | {
      readonly type: 'STEP_SUSPENDED';
      readonly step: number;
      readonly fence: number;
      readonly lane: LaneId;
      readonly reason: SuspendReason;
      readonly due: Instant | null;
      readonly post?: readonly OutboxEntry[];
    }
  /**
   * Works on later, without a new attempt: in the same lane within five minutes (someone else's live effect). `idle`: from the
   * record, and the time counts for nobody (a part of the platform is away).
   */
  | {
      readonly type: 'STEP_SLEEPS';
      readonly step: number;
      readonly fence: number;
      readonly lane: LaneId;
      readonly until: Instant;
      readonly idle?: true;
    }
  /** A decision (or signal) is recorded; the row stays SUSPENDED until its activity takes it. */
  | { readonly type: 'DECIDED'; readonly step: number; readonly post?: readonly OutboxEntry[] }
  /** The woken activity found nothing to take (no decision, or the run is paused): waits again under a new bell. */
  | { readonly type: 'WOKEN_EARLY'; readonly step: number; readonly fence: number; readonly lane: LaneId }
  | { readonly type: 'DEADLINE_PASSED'; readonly step: number; readonly fence: number }
  /** Counts of intended or unknown effects of the step changed; nothing else. */
  | {
      readonly type: 'EFFECTS_CHANGED';
      readonly step: number;
      readonly fence: number;
      readonly open: number;
      /** Only says what is about to be sent, which proves nothing: a step that dies of it each time is given up in the end. */
      readonly intends?: boolean;
      /** Of a step that has ended: when its effects are looked at again; null leaves them to a person. */
      readonly due?: Instant | null;
      readonly post?: readonly OutboxEntry[];
    }
  /** `$end` is done: the run's output is sealed. `code` says why an outcome differs from the one the run was ending with. */
  | {
      readonly type: 'ENDED';
      readonly fence: number;
      readonly outcome: EndState;
      readonly result: string | null;
      readonly code?: string;
    }
  /** The sweep gives the step to a new lane. */
  | { readonly type: 'TAKEN_OVER'; readonly step: number; readonly fence: number }
  /** The sweep looked and left it alone until then. */
  | { readonly type: 'LEFT_ALONE'; readonly step: number; readonly fence: number; readonly until: Instant }
  | { readonly type: 'TIMED_OUT' }
  | { readonly type: 'CANCEL'; readonly by: PrincipalId }
  | { readonly type: 'TERMINATE'; readonly by: PrincipalId }
  | { readonly type: 'PAUSE'; readonly by: PrincipalId }
  | { readonly type: 'RESUME'; readonly by: PrincipalId }
  | { readonly type: 'RETRY_STEP'; readonly by: PrincipalId; readonly step: number }
  | { readonly type: 'RETRY_RUN'; readonly by: PrincipalId }
  /** Outbox entries delivered, or to be tried again. */
  | {
      readonly type: 'OUTBOX';
      readonly delivered: readonly string[];
      readonly retry: readonly { readonly id: string; readonly notBefore: Instant }[];
    }
  | { readonly type: 'POST'; readonly entries: readonly OutboxEntry[] };

/** Result of `advance`: a new head and what its commit makes necessary, or why the event is refused. */
export type Advanced =
  | { readonly ok: true; readonly head: Head; readonly effects: Follow }
  | { readonly ok: false; readonly refusal: Refusal };

/** What to do once the commit has succeeded; each is safe to lose (the sweep repairs) and safe to repeat. */
export interface Follow {
  /** Lanes to start, other than the one that carries on. */
  readonly starts: readonly { readonly lane: LaneId; readonly turn: Turn }[];
  readonly rings: readonly { readonly lane: LaneId; readonly bell: string }[];
  /** Steps whose running activity should get its abort signal. */
  readonly aborts: readonly number[];
  /** Steps whose open approval request is void from now on: written in the same commit. */
  readonly voids: readonly number[];
}

/** `STALE_FENCE`: someone else carries the step now. `NOT_ALLOWED`: the state forbids it. `ENDED`: the run attempt has its outcome. */
export type Refusal = 'STALE_FENCE' | 'NOT_ALLOWED' | 'ENDED' | 'UNKNOWN_STEP';
