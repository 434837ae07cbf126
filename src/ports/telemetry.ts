/**
 * What the product tells about itself: structured events with stable names, faults, and the trace that work belongs to.
 * The lists here are closed: an attribute that an event does not declare is never written, and a text that could be a
 * value or an address is withheld. Metrics are made from events and faults (`src/platform/telemetry/metrics.ts`).
 */
export type Attribute = string | number | boolean | null;

/** Every event with all that it may carry: ids, codes, numbers and times. */
export const EVENTS = {
  'run.started': ['tenant', 'run', 'workflow', 'version', 'laneVersion', 'trace'],
  'run.ended': ['tenant', 'run', 'workflow', 'outcome', 'code', 'attempt', 'durationMs', 'trace'],
  'run.suspended': ['tenant', 'run', 'workflow', 'laneVersion', 'trace'],
  'run.control': ['tenant', 'run', 'control'],
  'run.erased': ['tenant', 'run', 'blobs'],
  'step.ended': ['tenant', 'run', 'step', 'verb', 'state', 'code', 'attempt', 'durationMs', 'laneVersion', 'trace'],
  'step.retried': ['tenant', 'run', 'step', 'verb', 'code', 'attempt', 'trace'],
  'step.suspended': ['tenant', 'run', 'step', 'verb', 'reason', 'trace'],
  'approval.opened': ['tenant', 'run', 'step', 'reason'],
  'approval.decided': ['tenant', 'run', 'step', 'state'],
  'approval.refused': ['tenant', 'run', 'step', 'why'],
  'approval.breached': ['tenant', 'run', 'step', 'trace'],
  'approvals.measured': ['waiting', 'oldestSeconds'],
  'audit.verified': ['tenant', 'run', 'result', 'runs'],
  'effect.intended': ['tenant', 'run', 'step', 'batch', 'connector'],
  'effect.confirmed': ['tenant', 'run', 'step', 'batch', 'epoch', 'connector', 'reconciled'],
  'effect.refused': ['tenant', 'run', 'step', 'batch', 'epoch', 'connector'],
  'effect.unknown': ['tenant', 'run', 'step', 'batch', 'epoch', 'connector'],
  'effects.measured': ['state', 'count', 'oldestSeconds'],
  'sweep.done': ['due', 'lagSeconds'],
  'history.purged': ['instances'],
  'lane.taken-over': ['tenant', 'run', 'step', 'fence', 'lane'],
  'link.refused': ['status'],
  'request.served': ['tenant', 'route', 'status', 'ms'],
  'request.refused': ['tenant', 'route', 'status', 'ms', 'clientId'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TelemetryEvent = keyof typeof EVENTS;
export type EventAttributes<Name extends TelemetryEvent> = Readonly<
  Partial<Record<(typeof EVENTS)[Name][number], Attribute>>
>;

/** What a fault may say beside its code and error id. */
export const FAULT_ATTRIBUTES = ['tenant', 'run', 'step', 'fence', 'verb', 'batch', 'entry', 'attempts'] as const;
export type FaultAttributes = Readonly<Partial<Record<(typeof FAULT_ATTRIBUTES)[number], Attribute>>>;

/** A piece of work of a run: what it does is a part of the run's trace, however long ago that began. */
export interface TracedWork {
  readonly name: 'step' | 'sweep';
  /** As the run's head keeps it. */
  readonly traceparent: string | null;
  readonly attributes: FaultAttributes;
}

export interface Telemetry {
  event<Name extends TelemetryEvent>(name: Name, attributes: EventAttributes<Name>): void;
  /** A fault that nobody expected: returns the error id under which its text is kept sealed or written to the local log. */
  fault(code: string, error: unknown, attributes?: FaultAttributes): string;
  /** Does the work inside the run's trace: adapters pass its context on, lines and spans carry its id. */
  within<Result>(work: TracedWork, run: () => Promise<Result>): Promise<Result>;
}
