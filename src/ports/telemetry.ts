/** Structured events with stable names. Attributes are ids, codes, numbers and times; never a value, never a URL. */
export interface Telemetry {
  event(name: TelemetryEvent, attributes: Readonly<Record<string, string | number | boolean | null>>): void;
  /** A fault that nobody expected: returns the error id under which its text is kept sealed or written to the local log. */
  fault(code: string, error: unknown, attributes?: Readonly<Record<string, string | number | boolean | null>>): string;
}

export type TelemetryEvent =
  | 'run.started'
  | 'run.ended'
  | 'run.suspended'
  | 'run.control'
  | 'step.ended'
  | 'step.retried'
  | 'step.suspended'
  | 'approval.opened'
  | 'approval.decided'
  | 'approval.refused'
  | 'effect.intended'
  | 'effect.confirmed'
  | 'effect.refused'
  | 'effect.unknown'
  | 'sweep.done'
  | 'lane.taken-over'
  | 'request.served'
  | 'request.refused';
