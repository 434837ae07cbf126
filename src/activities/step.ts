/**
 * The border between the guard, which reads, claims, seals and commits, and the verbs, which only work. A verb is a
 * function from a step to an outcome; every outcome of a step is a value. It may commit on the way (effects, requests)
 * only through `transact`, which proves under the head's etag that the step is still its own.
 */
import type { LaneId, PrincipalId, RunScope } from '../domain/ids.ts';
import type { Instant, Json, JsonObject } from '../domain/json.ts';
import type { RunDocument, RequestDocument } from '../domain/run/documents.ts';
import type { Head, OutboxEntry, Row } from '../domain/run/head.ts';
import type { SealedPlace, Sealed } from '../domain/sealing/sealed.ts';
import type { StepCode } from '../domain/errors.ts';
import type { Action, Plan, PlanStep } from '../domain/workflow/plan.ts';
import type { Scope } from '../ports/expressions.ts';
import type { Deps } from '../ports/deps.ts';

export interface Step<A extends Action = Action> {
  readonly scope: RunScope;
  readonly plan: Plan;
  readonly step: PlanStep & { readonly action: A };
  readonly lane: LaneId;
  /** As read at the beginning of the turn. */
  readonly head: Head;
  readonly row: Row;
  /** Aborts at the attempt's deadline, on cancel and on terminate. */
  readonly signal: AbortSignal;
  /** When this attempt must be over. */
  readonly deadline: Instant;
  /** True when the row was SUSPENDED and the lane was woken. */
  readonly woken: boolean;
  readonly deps: Deps;
  /** Expression scope with what this step may see: input, vars, with, run, and the outputs of `reads`, opened. */
  values(): Promise<Scope>;
  /** The same for another step of the plan (GOVERN evaluates what it governs; dispatch evaluates itself again). */
  valuesOf(step: PlanStep): Promise<Scope>;
  /** Seals at `path`/`field` under the run's key. */
  seal(path: string, field: string, value: Json): Promise<Sealed>;
  open(path: string, field: string, value: Sealed, attempt: number): Promise<Json>;
  place(path: string, field: string, attempt: number): SealedPlace;
  progress(percent: number | null): void;
  /**
   * Commits documents and a change of `openEffects` on the head while the step is still RUNNING under this fence.
   * `build` may run again after a conflict, on fresh documents. Throws `Superseded` when the step is no longer this turn's.
   */
  transact(build: (head: Head) => Promise<Transaction> | Transaction): Promise<void>;
}

export interface Transaction {
  readonly put: readonly RunDocument[];
  /** New number of intended or unknown effects of this step; undefined leaves it. */
  readonly openEffects?: number;
  /** It only says what is about to be sent; see `EFFECTS_CHANGED`. */
  readonly intends?: boolean;
  readonly post?: readonly OutboxEntry[];
  /** What happened, for the audit record: ids, codes, numbers. */
  readonly event: Readonly<Record<string, string | number | boolean | null>>;
}

/** The step was cancelled, retried or taken over: the turn ends without a result. */
export class Superseded extends Error {
  constructor() {
    super('superseded');
    this.name = 'Superseded';
  }
}

export type StepOutcome =
  | {
      readonly kind: 'succeeded';
      readonly output: Json;
      readonly chosen?: number;
      readonly put?: readonly RunDocument[];
    }
  | { readonly kind: 'skipped'; readonly reason: 'CONDITION' | 'NOT_APPROVED' }
  | {
      readonly kind: 'failed';
      readonly code: StepCode;
      readonly detail: string;
      readonly retryAfterMs?: number | null;
      readonly put?: readonly RunDocument[];
      /** How many records a write was to write, where it came to know. */
      readonly total?: number;
      /** What became of them. */
      readonly records?: JsonObject;
    }
  /** Wait for a person: the request and its notices are written with the suspension. */
  | {
      readonly kind: 'suspended';
      readonly reason: 'APPROVAL' | 'EFFECT';
      readonly due: Instant | null;
      readonly put: readonly (RunDocument | RequestDocument)[];
      readonly post: readonly OutboxEntry[];
    }
  /** Ask again in the same attempt, at most five minutes from now. */
  /** `idle`: the time counts for nobody. */
  | { readonly kind: 'sleep'; readonly until: Instant; readonly idle?: true };

export type VerbActivity<A extends Action> = (step: Step<A>) => Promise<StepOutcome>;

/** Who acts when the engine itself does. */
export type Actor = PrincipalId;
