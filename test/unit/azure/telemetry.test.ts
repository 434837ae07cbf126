/** Telemetry as Application Insights receives it: events, metrics and spans, with ids, codes and numbers only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { openAzureTelemetry } from '../../../src/platform/azure/telemetry.ts';
import { measure } from '../../../src/platform/telemetry/metrics.ts';
import { jsonLog } from '../../../src/platform/telemetry/json-log.ts';
import { startService } from '../../support/azure/https-server.ts';
import { ingestion } from '../../support/azure/ingestion-service.ts';
import { testCredential } from '../../support/azure/platform.ts';

// The exporter reports about itself to its maker unless told not to.
process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';

test('events, metrics, spans and faults arrive; the text of a fault does not', async (t) => {
  const service = ingestion();
  const server = await startService(service);
  t.after(() => server.close());
  const connectionString = `InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=${server.url}/`;
  const telemetry = await openAzureTelemetry({ connectionString, credential: testCredential });
  const log = jsonLog({
    level: 'error',
    write: () => undefined,
    now: () => '2026-11-21T10:00:00.000Z',
    newId: () => 'error-1',
    keep: () => undefined,
    forward: telemetry.forward,
  });
  const span = trace.getTracer('countersign').startSpan('countersign.step');
  log.event('run.started', { tenant: 'tenant-a', run: 'r1', workflow: 'posting', version: 1 });
  log.fault('INTERNAL', new Error('salary of J. Doe is 4711'), { tenant: 'tenant-a', run: 'r1' });
  measure('countersign.store.calls', 3, { container: 'runs', operation: 'batch', outcome: 'answered' });
  span.end();
  await telemetry.close();
  const types = new Set(service.received.map(({ data }) => data.baseType));
  for (const type of ['MessageData', 'MetricData', 'RemoteDependencyData']) assert.ok(types.has(type), type);
  const text = JSON.stringify(service.received);
  for (const word of ['run.started', 'countersign.store.calls', 'countersign.step', 'error-1', 'r1'])
    assert.ok(text.includes(word), word);
  assert.doesNotMatch(text, /Doe|4711|salary/);
});

test('a service that is away costs telemetry and nothing else', async (t) => {
  const server = await startService(ingestion());
  server.faults = () => ({ kind: 'reset' });
  t.after(() => server.close());
  const connectionString = `InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=${server.url}/`;
  const telemetry = await openAzureTelemetry({ connectionString, credential: testCredential });
  telemetry.forward({ name: 'run.started', level: 'information', attributes: { run: 'r1' } });
  await telemetry.close();
});
