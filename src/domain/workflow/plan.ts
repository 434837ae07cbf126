/**
 * A definition's normal form: what the engine executes. Compiled once per immutable version by `compile.ts`; the engine
 * never reads the document that the author wrote. Ordinals name steps everywhere below the API: 0 is `$begin`,
 * `steps[i].ordinal === i + 1`, and `steps.length + 1` is `$end`.
 */
import type { ConnectorId, WorkflowId } from '../ids.ts';
import type { Json, JsonObject } from '../json.ts';

export type Verb = 'FETCH' | 'LOOKUP' | 'PUSH' | 'EXECUTE' | 'TRANSFORM' | 'GOVERN' | 'LOGIC_GATE';

/** A JSON value in which strings may hold JSONata between `{{` and `}}` (LANGUAGE §1). */
export type Template = Json;
/** A CEL condition (LANGUAGE §1). */
export type Condition = string;

export interface Plan {
  readonly workflow: WorkflowId;
  readonly version: number;
  /** SHA-256 (hex) of the canonical document: names the exact version in audit and approvals. */
  readonly digest: string;
  readonly name: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly order: 'listed' | 'graph';
  /** JSON Schema subset for the run's input; null accepts any object. */
  readonly input: JsonObject | null;
  readonly vars: Readonly<Record<string, Template>>;
  readonly businessKey: { readonly value: Template; readonly clear: boolean } | null;
  readonly effectKey: Template | null;
  /** The run's output; null means the rule for sinks: one sink gives its output, several a map by step id. */
  readonly output: Template | null;
  readonly sinks: readonly number[];
  /** Ordinals of the steps that `output` names; always set by the compiler. Null or absent `output`: the sinks. */
  readonly outputReads?: readonly number[];
  /** Counts only time in which a step was RUNNING. */
  readonly timeoutMs: number;
  readonly concurrency: ConcurrencyRule | null;
  /** Who may start it, when the nodes form declares a trigger; null is anyone with the permission. */
  readonly trigger: 'manual' | 'api' | 'schedule' | 'signal' | null;
  /** Milliseconds after the end until the run's key is destroyed; null is the tenant's rule. */
  readonly retentionMs: number | null;
  readonly steps: readonly PlanStep[];
}

export interface ConcurrencyRule {
  readonly limit: number;
  readonly key: Template | null;
  readonly onLimit: 'queue';
  readonly maxWaitMs: number | null;
  readonly priority: number;
}

export interface PlanStep {
  readonly ordinal: number;
  readonly id: string;
  readonly name: string | null;
  /** MAIN, the workflow's `onError` and `finally` lists; HANDLER steps belong to the step named by `handles`. */
  readonly list: 'MAIN' | 'ON_ERROR' | 'FINALLY' | 'HANDLER';
  readonly handles: number | null;
  /** Ordinals, ascending; only steps of the same list (a HANDLER's roots have none). */
  readonly dependsOn: readonly number[];
  /** Set on every step that a gate names: skipped when the gate chose another branch. */
  readonly gates: readonly { readonly gate: number; readonly branch: number }[];
  readonly when: Condition | null;
  readonly with: Readonly<Record<string, Template>>;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number | null;
  readonly heartbeatMs: number | null;
  readonly retry: RetryRule;
  readonly onError: 'fail' | 'continue';
  /** Ordinals of this step's own handler steps (`onError: {steps}`), in order; `onError` then holds its `then`. */
  readonly handler: readonly number[];
  readonly governedBy: number | null;
  /** On a GOVERN: the steps that name it. */
  readonly governs: readonly number[];
  /** What may never be shown without a reveal: everything, nothing, or these JSON pointers of the output. */
  readonly sensitive: boolean | readonly string[];
  /** Schema that the output is checked against: a JSON Schema subset, or the name of a business object (`Id` or `Id[]`). */
  readonly returns: JsonObject | string | null;
  /** Ordinals of the steps whose output or metadata any of its expressions names: only these are loaded. */
  readonly reads: readonly number[];
  readonly action: Action;
}

export interface RetryRule {
  readonly maxAttempts: number;
  readonly initialMs: number;
  readonly backoff: number;
  readonly maxIntervalMs: number;
  readonly jitter: boolean;
  /** Error codes that are retried; null is every retryable one. */
  readonly on: readonly string[] | null;
  readonly never: readonly string[];
}

export type Action =
  FetchAction | LookupAction | PushAction | ExecuteAction | TransformAction | GovernAction | GateAction;

export interface FetchAction {
  readonly verb: 'FETCH';
  readonly connector: ConnectorId;
  readonly resource: string;
  readonly params: Readonly<Record<string, Template>>;
  readonly query: Readonly<Record<string, Template>>;
  readonly page: { readonly size: number | null; readonly max: number | null };
  /** Null: the author named none, and more than `MOST_FETCHED` are a failure, not a part of the list. */
  readonly limit: number | null;
}
export interface LookupAction {
  readonly verb: 'LOOKUP';
  readonly connector: ConnectorId;
  readonly resource: string;
  readonly key: Template;
  readonly missing: 'fail' | 'null';
}
export type WriteMode = 'create' | 'update' | 'upsert' | 'delete';
export interface PushAction {
  readonly verb: 'PUSH';
  readonly connector: ConnectorId;
  readonly resource: string;
  readonly records: Template;
  readonly mode: WriteMode;
  readonly recordKey: Template | null;
  readonly batchSize: number | null;
  readonly effectKey: Template | null;
  readonly onUnknown: 'reconcile' | 'ask';
}
export interface ExecuteAction {
  readonly verb: 'EXECUTE';
  readonly connector: ConnectorId;
  readonly command: string;
  readonly arguments: Readonly<Record<string, Template>>;
  readonly effectKey: Template | null;
  readonly onUnknown: 'reconcile' | 'ask';
}
export interface TransformAction {
  readonly verb: 'TRANSFORM';
  readonly map: Template;
  /** When set, `map` is evaluated per `item`. */
  readonly from: Template | null;
  /** Business object id, without `[]`. */
  readonly to: string | null;
  readonly invalid: 'fail' | 'drop' | 'collect';
}
export interface GovernAction {
  readonly verb: 'GOVERN';
  readonly policies: readonly string[];
  readonly facts: Readonly<Record<string, Template>>;
  /** Name → JSON pointer into every governed record; `count` is always there. */
  readonly totals: Readonly<Record<string, string>>;
  readonly disclose: Readonly<Record<string, readonly string[]>> | null;
  /** What the first approval has to say: a flat JSON Schema. Null asks nothing. */
  readonly form: JsonObject | null;
  readonly onReject: 'fail' | 'continue';
  /** What a pure check judges, when nothing is governed. */
  readonly subject: Template | null;
}
export interface GateAction {
  readonly verb: 'LOGIC_GATE';
  /** In order; the first true one is chosen. `condition: null` is the `else`. Branch index = position. */
  readonly branches: readonly { readonly condition: Condition | null; readonly targets: readonly number[] }[];
}

/** Ordinal of `$end`. */
export function endOrdinal(plan: Pick<Plan, 'steps'>): number {
  return plan.steps.length + 1;
}
