/**
 * Structured events as JSON lines on standard output, as metrics, and, where an exporter is installed, as its records and
 * on the current span. Attributes are ids, codes and numbers; the text of a fault is never printed: it goes sealed into
 * the fault log.
 */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Telemetry, TelemetryEvent } from '../../ports/telemetry.ts';
import { allowedFault, allowedFor, WITHHELD, type Allowed } from './allowed.ts';
import { measureEvent, measureFault } from './metrics.ts';
import { currentTraceId, withinTrace } from './tracing.ts';

export type Level = 'debug' | 'information' | 'warning' | 'error';
const ORDER: readonly Level[] = ['debug', 'information', 'warning', 'error'];

const LEVELS: Partial<Record<TelemetryEvent, Level>> = {
  'request.served': 'debug',
  'request.refused': 'debug',
  'step.ended': 'debug',
  'step.suspended': 'debug',
  'step.retried': 'debug',
  'effect.intended': 'debug',
  'effect.confirmed': 'debug',
  'approvals.measured': 'debug',
  'effects.measured': 'debug',
  'sweep.done': 'debug',
  'link.refused': 'warning',
  'approval.breached': 'warning',
  'lane.taken-over': 'warning',
  'effect.unknown': 'warning',
};

/** Told too often for the lines, and still asked for by queries. Everything else at that level is a metric only. */
const ASKED: ReadonlySet<LogEntry['name']> = new Set(['step.ended', 'request.refused']);

/** One event or fault, as an exporter takes it. */
export interface LogEntry {
  readonly name: TelemetryEvent | 'fault';
  readonly level: Level;
  readonly attributes: Allowed;
}

export interface LogOptions {
  readonly level: Level;
  readonly write: (line: string) => void;
  readonly now: () => string;
  readonly newId: () => string;
  /** Keeps the text of a fault, sealed; must not throw. */
  readonly keep: (errorId: string, text: string) => void;
  /** Gets what queries ask for, whatever the level of the lines; must not throw. */
  readonly forward?: (entry: LogEntry) => void;
}

export function jsonLog(options: LogOptions): Telemetry {
  const least = ORDER.indexOf(options.level);
  const tell = (level: Level, name: LogEntry['name'], attributes: Allowed): void => {
    if (level !== 'debug' || ASKED.has(name)) options.forward?.({ name, level, attributes });
    if (ORDER.indexOf(level) < least) return;
    const traceId = attributes['trace'] ?? currentTraceId();
    const line = { at: options.now(), level, event: name, ...attributes, ...(traceId ? { trace: traceId } : {}) };
    options.write(`${JSON.stringify(line)}\n`);
  };
  return {
    event(name, given) {
      const attributes = allowedFor(name, given);
      tell(LEVELS[name] ?? 'information', name, attributes);
      measureEvent(name, attributes);
      trace.getActiveSpan()?.addEvent(name, attributes);
    },
    fault(code, error, given = {}) {
      const errorId = options.newId();
      options.keep(errorId, error instanceof Error ? (error.stack ?? error.message) : String(error));
      const kind = error instanceof Error ? error.name : typeof error;
      tell('error', 'fault', {
        code,
        errorId,
        kind: /^\w{1,60}$/.test(kind) ? kind : WITHHELD,
        ...allowedFault(given),
      });
      measureFault(code);
      trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: code });
      return errorId;
    },
    within: withinTrace,
  };
}
