/**
 * The metrics that alerts and workbook ask for (`infra/content/signals.json`), and how each is made from an event or a
 * fault. Instruments come from the meter provider of the moment, so an exporter may be installed after the first line.
 */
import { metrics, type Counter, type Gauge, type Histogram, type MeterProvider } from '@opentelemetry/api';
import type { TelemetryEvent } from '../../ports/telemetry.ts';
import type { Allowed } from './allowed.ts';

type Kind = 'counter' | 'gauge' | 'histogram';
interface Metric {
  readonly kind: Kind;
  readonly unit: string;
}

/** All that this release measures. */
export const METRICS = {
  'countersign.requests': { kind: 'counter', unit: '{request}' },
  'countersign.runs.ended': { kind: 'counter', unit: '{run}' },
  'countersign.steps.duration': { kind: 'histogram', unit: 'ms' },
  'countersign.approvals.waiting': { kind: 'gauge', unit: '{request}' },
  'countersign.approvals.oldest_age': { kind: 'gauge', unit: 's' },
  'countersign.approvals.breached': { kind: 'counter', unit: '{request}' },
  'countersign.effects': { kind: 'gauge', unit: '{effect}' },
  'countersign.effects.unknown_age': { kind: 'gauge', unit: 's' },
  'countersign.sweep.done': { kind: 'counter', unit: '{sweep}' },
  'countersign.sweep.lag': { kind: 'gauge', unit: 's' },
  'countersign.audit.verified': { kind: 'counter', unit: '{look}' },
  'countersign.links.refused': { kind: 'counter', unit: '{link}' },
  'countersign.keys.calls': { kind: 'counter', unit: '{call}' },
  'countersign.keys.unavailable': { kind: 'counter', unit: '{fault}' },
  'countersign.store.calls': { kind: 'counter', unit: '{call}' },
  'countersign.store.request_units': { kind: 'counter', unit: '{RU}' },
} as const satisfies Readonly<Record<string, Metric>>;
export type MetricName = keyof typeof METRICS;

type Instrument = Counter | Gauge | Histogram;
let provider: MeterProvider | null = null;
const instruments = new Map<MetricName, Instrument>();

/** For platforms as well, which count their own calls; attributes are codes. */
export function measure(name: MetricName, value: number, attributes: Allowed = {}): void {
  const instrument = instrumentOf(name);
  if ('add' in instrument) instrument.add(value, attributes);
  else instrument.record(value, attributes);
}

function instrumentOf(name: MetricName): Instrument {
  const current = metrics.getMeterProvider();
  if (current !== provider) {
    provider = current;
    instruments.clear();
  }
  const known = instruments.get(name);
  if (known !== undefined) return known;
  const { kind, unit }: Metric = METRICS[name];
  const meter = current.getMeter('countersign');
  const made =
    kind === 'counter'
      ? meter.createCounter(name, { unit })
      : kind === 'gauge'
        ? meter.createGauge(name, { unit })
        : meter.createHistogram(name, { unit });
  instruments.set(name, made);
  return made;
}

type Measured = (attributes: Allowed) => void;
const number = (value: Allowed[string] | undefined): number => (typeof value === 'number' ? value : 0);

function only(attributes: Allowed, ...names: readonly string[]): Allowed {
  const some: Allowed = {};
  for (const name of names) {
    const value = attributes[name];
    if (value !== undefined) some[name] = value;
  }
  return some;
}

const SLOW_MS = 2000;
const request: Measured = (of) =>
  measure('countersign.requests', 1, { ...only(of, 'route', 'status'), slow: number(of['ms']) > SLOW_MS });

const FROM_EVENTS: Partial<Record<TelemetryEvent, Measured>> = {
  'run.ended': (of) => measure('countersign.runs.ended', 1, only(of, 'outcome')),
  'step.ended': (of) => measure('countersign.steps.duration', number(of['durationMs']), only(of, 'verb', 'state')),
  'approvals.measured': (of) => {
    measure('countersign.approvals.waiting', number(of['waiting']));
    measure('countersign.approvals.oldest_age', number(of['oldestSeconds']));
  },
  'approval.breached': () => measure('countersign.approvals.breached', 1),
  'effects.measured': (of) => {
    measure('countersign.effects', number(of['count']), only(of, 'state'));
    if (of['state'] === 'unknown') measure('countersign.effects.unknown_age', number(of['oldestSeconds']));
  },
  'sweep.done': (of) => {
    measure('countersign.sweep.done', 1);
    measure('countersign.sweep.lag', number(of['lagSeconds']));
  },
  'audit.verified': (of) => measure('countersign.audit.verified', 1, only(of, 'result')),
  'request.served': request,
  'request.refused': request,
  'link.refused': () => measure('countersign.links.refused', 1),
};

export function measureEvent(name: TelemetryEvent, attributes: Allowed): void {
  FROM_EVENTS[name]?.(attributes);
}

export function measureFault(code: string): void {
  if (code === 'KEY_UNAVAILABLE') measure('countersign.keys.unavailable', 1);
}
