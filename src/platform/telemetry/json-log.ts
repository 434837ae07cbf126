/**
 * Structured events as JSON lines on standard output, and the current span where a tracer is installed. Attributes are
 * ids, codes and numbers by type; the text of a fault is never printed: it goes sealed into the fault log.
 */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Telemetry, TelemetryEvent } from '../../ports/telemetry.ts';

export type Level = 'debug' | 'information' | 'warning' | 'error';
const ORDER: readonly Level[] = ['debug', 'information', 'warning', 'error'];

const LEVELS: Partial<Record<TelemetryEvent, Level>> = {
  'request.served': 'debug',
  'step.ended': 'debug',
  'step.suspended': 'debug',
  'effect.intended': 'debug',
  'effect.confirmed': 'debug',
  'sweep.done': 'debug',
  'request.refused': 'debug',
  'lane.taken-over': 'warning',
  'effect.unknown': 'warning',
};

export interface LogOptions {
  readonly level: Level;
  readonly write: (line: string) => void;
  readonly now: () => string;
  readonly newId: () => string;
  /** Keeps the text of a fault, sealed; must not throw. */
  readonly keep: (errorId: string, text: string) => void;
}

export function jsonLog(options: LogOptions): Telemetry {
  const least = ORDER.indexOf(options.level);
  const line = (level: Level, name: string, attributes: Readonly<Record<string, unknown>>) => {
    if (ORDER.indexOf(level) >= least)
      options.write(`${JSON.stringify({ at: options.now(), level, event: name, ...attributes })}\n`);
  };
  return {
    event(name, attributes) {
      line(LEVELS[name] ?? 'information', name, attributes);
      trace.getActiveSpan()?.addEvent(name, withoutNull(attributes));
    },
    fault(code, error, attributes = {}) {
      const errorId = options.newId();
      options.keep(errorId, error instanceof Error ? (error.stack ?? error.message) : String(error));
      line('error', 'fault', {
        code,
        errorId,
        kind: error instanceof Error ? error.name : typeof error,
        ...attributes,
      });
      trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: code });
      return errorId;
    },
  };
}

function withoutNull(
  attributes: Readonly<Record<string, string | number | boolean | null>>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] => entry[1] !== null),
  );
}
