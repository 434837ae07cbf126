/**
 * The closed set of codes with which a step, a run or an engine operation can fail, and what each means for a retry.
 * A fault carries a code and a detail; the detail may hold data, so it is sealed wherever it is kept.
 */

/** `kind` tells who can help: the author, the input, the outside system, a governor, the platform, or nobody. */
export interface CodeRule {
  readonly kind: 'definition' | 'data' | 'outside' | 'governance' | 'platform' | 'control';
  readonly retryable: boolean;
  /** What to do next, for a person. */
  readonly next: string;
}

export const STEP_CODES = {
  CONDITION_ERROR: { kind: 'definition', retryable: false, next: 'Test missing fields with has(…) in the condition.' },
  EXPRESSION_UNDEFINED: {
    kind: 'definition',
    retryable: false,
    next: 'Test missing fields with $exists(…) in the expression.',
  },
  EXPRESSION_ERROR: { kind: 'definition', retryable: false, next: 'Correct the expression and publish a new version.' },
  EXPRESSION_TIMEOUT: {
    kind: 'definition',
    retryable: false,
    next: 'Simplify the expression; it may work for 250 ms.',
  },
  EXPRESSION_TOO_LARGE: { kind: 'data', retryable: false, next: 'Reduce what the expression reads or returns.' },
  RETURNS_MISMATCH: {
    kind: 'data',
    retryable: false,
    next: 'Compare the output with the schema in `returns` or `to`.',
  },
  INVALID_RECORD: { kind: 'data', retryable: false, next: 'Correct the records, or use `invalid: drop` or `collect`.' },
  CONNECTOR_UNKNOWN: { kind: 'definition', retryable: false, next: 'Apply the connector, then retry the step.' },
  ADAPTER_UNRESOLVED: {
    kind: 'definition',
    retryable: false,
    next: 'Name an adapter that exists, or install its module.',
  },
  RESOURCE_UNKNOWN: { kind: 'definition', retryable: false, next: 'Declare the resource in the connector.' },
  READ_WRITE_MISMATCH: {
    kind: 'definition',
    retryable: false,
    next: 'Read verbs reach only read resources, write verbs only write resources.',
  },
  NOT_FOUND: { kind: 'data', retryable: false, next: 'Check the key, or use `missing: null`.' },
  OUTSIDE_REFUSED: {
    kind: 'outside',
    retryable: false,
    next: 'The outside system refused the request; its answer is in the error.',
  },
  OUTSIDE_UNAVAILABLE: {
    kind: 'outside',
    retryable: true,
    next: 'The outside system did not answer in time or was busy; it is retried.',
  },
  OUTSIDE_GARBAGE: { kind: 'outside', retryable: true, next: 'The outside system answered what cannot be read.' },
  OUTSIDE_TOO_LARGE: {
    kind: 'outside',
    retryable: false,
    next: 'The answer is over the limits of the connector, or over 10,000 records where a FETCH names no `limit`.',
  },
  ADDRESS_REFUSED: { kind: 'definition', retryable: false, next: 'The address is not allowed for this connector.' },
  SECRET_UNKNOWN: { kind: 'definition', retryable: false, next: 'Set the secret with `countersign secret set NAME`.' },
  SECRET_NOT_ALLOWED: { kind: 'governance', retryable: false, next: 'The secret may not be sent to this host.' },
  UNGOVERNED_EFFECT: {
    kind: 'governance',
    retryable: false,
    next: 'No decision stands over this content: add a GOVERN, or ask the governor of the connector.',
  },
  GOVERN_DENIED: {
    kind: 'governance',
    retryable: false,
    next: 'A policy denies this write; its reason codes are in the request.',
  },
  GOVERN_REJECTED: { kind: 'governance', retryable: false, next: 'An approver rejected this write.' },
  GOVERN_EXPIRED: { kind: 'governance', retryable: false, next: 'Nobody decided before the deadline.' },
  CONTENT_CHANGED: {
    kind: 'governance',
    retryable: false,
    next: 'What would be written is not what was approved; it has to be approved again.',
  },
  NO_APPROVERS: {
    kind: 'governance',
    retryable: false,
    next: 'The policy names nobody who may decide: correct its approvers.',
  },
  EFFECT_CHANGED: {
    kind: 'governance',
    retryable: false,
    next: 'Other content under a key that was already sent: a person decides.',
  },
  EFFECT_UNKNOWN: {
    kind: 'outside',
    retryable: false,
    next: 'It is not known whether the write happened: look it up in the outside system and decide.',
  },
  EFFECT_EXISTS: {
    kind: 'governance',
    retryable: false,
    next: 'Another write holds this effect key; the error names its run and step. If that one is refused, retry the step.',
  },
  STEP_TIMEOUT: { kind: 'outside', retryable: true, next: 'The attempt took longer than the step allows.' },
  RUN_TIMEOUT: { kind: 'control', retryable: false, next: 'The run used up its time; raise `timeout` or retry.' },
  ENGINE_LOST: {
    kind: 'platform',
    retryable: false,
    next: 'The step was lost five times; look at the host and retry the step.',
  },
  STEP_FAILED: { kind: 'data', retryable: false, next: 'Look at the step that failed.' },
  QUEUED_TOO_LONG: { kind: 'control', retryable: false, next: 'No slot became free in time.' },
  CANCELLED: { kind: 'control', retryable: false, next: 'The run was cancelled.' },
  TERMINATED: { kind: 'control', retryable: false, next: 'The run was terminated; look at its unsettled effects.' },
  KEY_DESTROYED: { kind: 'platform', retryable: false, next: 'The key is destroyed: what it sealed is gone.' },
  INTERNAL: { kind: 'platform', retryable: false, next: 'A fault of Countersign: report the error id.' },
} as const satisfies Record<string, CodeRule>;

export type StepCode = keyof typeof STEP_CODES;

/** An expected failure with a code. Never thrown across an activity's border: the guard turns it into a value. */
export class StepFault extends Error {
  readonly code: StepCode;
  readonly detail: string;
  /** Earliest next attempt in milliseconds from now, when the outside system said so. */
  readonly retryAfterMs: number | null;
  constructor(code: StepCode, detail: string, retryAfterMs: number | null = null) {
    super(code);
    this.name = 'StepFault';
    this.code = code;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The platform could not do it now: cured by a retry of the activity, never the end of a step. */
export class PlatformFault extends Error {
  readonly code:
    | 'STORE_UNAVAILABLE'
    | 'KEY_UNAVAILABLE'
    | 'HUB_UNAVAILABLE'
    | 'STALE_READ'
    | 'CONFLICT'
    | 'EXISTS'
    | 'LIMIT'
    | 'SEAL_BROKEN'
    /** This process ends; another one does the work again. */
    | 'CLOSING';
  constructor(code: PlatformFault['code'], detail: string) {
    super(`${code}: ${detail}`);
    this.name = 'PlatformFault';
    this.code = code;
  }
}
