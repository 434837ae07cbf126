/** What leaves as telemetry, whatever it is given: lines, records of an exporter, metrics. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { metrics, type Attributes, type Meter, type MeterProvider } from '@opentelemetry/api';
import { jsonLog, type LogEntry } from '../../../src/platform/telemetry/json-log.ts';
import { EVENTS, type Telemetry, type TelemetryEvent } from '../../../src/ports/telemetry.ts';

const SIGNALS = join(import.meta.dirname, '../../../infra/content/signals.json');

function open(level: 'debug' | 'information' = 'debug') {
  const lines: string[] = [];
  const forwarded: LogEntry[] = [];
  const kept: string[] = [];
  const telemetry = jsonLog({
    level,
    write: (line) => void lines.push(line),
    now: () => '2026-11-21T10:00:00.000Z',
    newId: () => 'e1',
    keep: (_id, text) => void kept.push(text),
    forward: (entry) => void forwarded.push(entry),
  });
  return { telemetry, lines, forwarded, kept };
}

/** As code that the types did not see would do it. */
const tellAnything = (telemetry: Telemetry, name: TelemetryEvent, attributes: object): void =>
  telemetry.event(name, attributes as never);

describe('what leaves as telemetry', () => {
  test('is one JSON line of what the event declares', () => {
    const { telemetry, lines } = open();
    telemetry.event('run.ended', { run: 'r1', outcome: 'FAILED', code: null, durationMs: 12 });
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          at: '2026-11-21T10:00:00.000Z',
          level: 'information',
          event: 'run.ended',
          run: 'r1',
          outcome: 'FAILED',
          durationMs: 12,
        },
      ],
    );
    assert.ok(lines[0]?.endsWith('}\n'));
  });

  test('is never an attribute that the event does not declare', () => {
    for (const name of Object.keys(EVENTS) as TelemetryEvent[]) {
      const { telemetry, lines, forwarded } = open();
      tellAnything(telemetry, name, { input: 'planted', url: 'planted', comment: 'planted', iban: 'planted' });
      assert.equal(JSON.stringify([lines, forwarded]).includes('planted'), false, name);
    }
  });

  test('is never a text that could be a value or an address', () => {
    const values = [
      'https://erp.example/payroll?employee=4711',
      '/approve/AbCdEf',
      'Erika Mustermann',
      'a'.repeat(161),
      '{"iban":"DE44"}',
      'line\nline',
      'löhne',
    ];
    for (const value of values) {
      const { telemetry, lines, forwarded } = open();
      tellAnything(telemetry, 'run.ended', { run: value, code: value });
      telemetry.fault('INTERNAL', new Error('x'), { run: value });
      assert.equal(JSON.stringify([lines, forwarded]).includes(JSON.stringify(value).slice(1, -1)), false, value);
      assert.match(lines[0] ?? '', /"run":"withheld"/);
    }
  });

  test('is of a fault its code and error id; the text is kept, not printed', () => {
    const { telemetry, lines, forwarded, kept } = open();
    assert.equal(telemetry.fault('INTERNAL', new TypeError('planted text')), 'e1');
    assert.deepEqual(forwarded[0]?.attributes, { code: 'INTERNAL', errorId: 'e1', kind: 'TypeError' });
    assert.equal(lines.join('').includes('planted'), false);
    assert.match(kept[0] ?? '', /planted text/);
  });

  test('is forwarded when a query asks for it, whatever the level of the lines is', () => {
    const { telemetry, lines, forwarded } = open('information');
    const { events } = JSON.parse(readFileSync(SIGNALS, 'utf8')) as {
      readonly events: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(events)) tellAnything(telemetry, name as TelemetryEvent, {});
    assert.deepEqual(
      forwarded.map(({ name }) => name),
      Object.keys(events),
    );
    assert.ok(lines.length < forwarded.length);
  });

  test('that is only counted is not forwarded: volume is what a log costs', () => {
    const { telemetry, forwarded } = open();
    for (const name of ['sweep.done', 'request.served', 'effects.measured', 'effect.intended'] as const)
      tellAnything(telemetry, name, {});
    assert.deepEqual(forwarded, []);
  });

  test('says the trace of the work in which it is told', async () => {
    const { telemetry, lines } = open();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await telemetry.within({ name: 'step', traceparent, attributes: { run: 'r1' } }, async () => {
      telemetry.event('effect.intended', { run: 'r1' });
    });
    telemetry.event('effect.intended', { run: 'r1' });
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { trace?: string }).trace),
      ['0af7651916cd43dd8448eb211c80319c', undefined],
    );
  });
});

describe('metrics', () => {
  interface Point {
    readonly name: string;
    readonly value: number;
    readonly attributes: Attributes;
  }
  const points: Point[] = [];
  const note =
    (name: string) =>
    (value: number, attributes: Attributes = {}) =>
      void points.push({ name, value, attributes });
  const meter = {
    createCounter: (name: string) => ({ add: note(name) }),
    createGauge: (name: string) => ({ record: note(name) }),
    createHistogram: (name: string) => ({ record: note(name) }),
  } as unknown as Meter;
  const { telemetry } = open();

  test('an exporter that is installed after the first event gets the next one', () => {
    telemetry.event('sweep.done', { due: 0, lagSeconds: 0 });
    metrics.setGlobalMeterProvider({ getMeter: () => meter } satisfies MeterProvider);
    telemetry.event('sweep.done', { due: 3, lagSeconds: 7 });
    assert.deepEqual(points.splice(0), [
      { name: 'countersign.sweep.done', value: 1, attributes: {} },
      { name: 'countersign.sweep.lag', value: 7, attributes: {} },
    ]);
  });

  test('come from events, with the few attributes that a query groups by', () => {
    telemetry.event('run.ended', { tenant: 't', run: 'r1', outcome: 'FAILED', code: 'STEP_TIMEOUT', durationMs: 9 });
    telemetry.event('effects.measured', { state: 'unknown', count: 2, oldestSeconds: 901 });
    telemetry.event('approvals.measured', { waiting: 4, oldestSeconds: 60 });
    telemetry.event('approval.breached', { run: 'r1' });
    telemetry.event('link.refused', { status: 404 });
    telemetry.event('request.served', { tenant: 't', route: 'listRuns', status: 200, ms: 2001 });
    telemetry.event('request.refused', { tenant: 't', route: 'listRuns', status: 403, ms: 2, clientId: 'c' });
    telemetry.fault('KEY_UNAVAILABLE', new Error('x'));
    telemetry.fault('HUB_UNAVAILABLE', new Error('x'));
    assert.deepEqual(points.splice(0), [
      { name: 'countersign.runs.ended', value: 1, attributes: { outcome: 'FAILED' } },
      { name: 'countersign.effects', value: 2, attributes: { state: 'unknown' } },
      { name: 'countersign.effects.unknown_age', value: 901, attributes: {} },
      { name: 'countersign.approvals.waiting', value: 4, attributes: {} },
      { name: 'countersign.approvals.oldest_age', value: 60, attributes: {} },
      { name: 'countersign.approvals.breached', value: 1, attributes: {} },
      { name: 'countersign.links.refused', value: 1, attributes: {} },
      { name: 'countersign.requests', value: 1, attributes: { route: 'listRuns', status: 200, slow: true } },
      { name: 'countersign.requests', value: 1, attributes: { route: 'listRuns', status: 403, slow: false } },
      { name: 'countersign.keys.unavailable', value: 1, attributes: {} },
    ]);
  });
});
