/**
 * A run over months, as operations see it: started inside a caller's trace, decided a day later, erased when its
 * retention is over. The edge and the engine run in this process on a clock that is moved; the demo's systems answer.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { measureRuns } from '../../src/app/health-measures.ts';
import { readinessOf } from '../../src/app/health.ts';
import { demoDocuments } from '../../src/demo/documents.ts';
import { startDemo, type RunningDemo } from '../../src/demo/start.ts';
import { PlatformFault } from '../../src/domain/errors.ts';
import { runId, tenantId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/platform/common/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { installRecordingTracer } from '../support/recording-tracer.ts';
import { as, callPath, openServices, type TestServices } from '../support/services.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { startRelay, type Relay } from './operations/relay.ts';

const TENANT = tenantId('demo');
const DAY_MS = 86_400_000;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PEOPLE: Record<string, Record<string, string>> = {
  starter: as('starter', TENANT, ['starter', 'author']),
  approver: as('approver', TENANT, ['approver'], ['finance']),
  operator: as('operator', TENANT, ['operator']),
  owner: as('owner', TENANT, ['author', 'publisher', 'governor', 'admin', 'auditor']),
};

describe('a run over months', () => {
  const spans = installRecordingTracer();
  const events: { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[] = [];
  let shift = 0;
  const clock: Clock = {
    now: () => new Date(Date.now() + shift).toISOString(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  };
  let folder: string;
  let demo: RunningDemo;
  let fieldOps: Relay;
  let erp: Relay;
  let opened: TestServices;
  let run: string;

  const call = (account: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    callPath(opened.services, method, path, {
      headers: {
        ...PEOPLE[account],
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const until = async (wanted: (view: any) => boolean): Promise<any> => {
    for (let tries = 0; tries < 600; tries++) {
      const { body } = await call('starter', 'GET', `/api/v1/runs/${run}`);
      if (wanted(body)) return body;
      await new Promise((resume) => setTimeout(resume, 25));
    }
    throw new Error(
      `the run does not get there: ${JSON.stringify((await call('starter', 'GET', `/api/v1/runs/${run}`)).body)}`,
    );
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-operations-'));
    demo = await startDemo({ directory: folder, ports: { fieldOps: 0, erp: 0 } });
    fieldOps = await startRelay(demo.fieldOpsUrl);
    erp = await startRelay(demo.erpUrl);
    opened = await openServices({
      work: true,
      clock,
      onEvent: (name, attributes) => void events.push({ name, attributes }),
    });
    for (const [name, value] of Object.entries(demo.secrets))
      await opened.services.deps.secrets.set(TENANT, name, value, ['127.0.0.1']);
    const texts = demoDocuments({ fieldOpsUrl: fieldOps.url, erpUrl: erp.url });
    const applied = await call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(applied.status, 200, JSON.stringify(applied.body));
  });
  after(async () => {
    await opened?.close();
    await Promise.all([fieldOps?.stop(), erp?.stop(), demo?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('what it reads outside belongs to the caller’s trace, which the run names', async () => {
    const started = await call(
      'starter',
      'POST',
      '/api/v1/workflows/labour-cost-posting/runs',
      { input: { week: '2026-W46' } },
      {
        traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
        tracestate: 'vendor=planted',
        baggage: 'user=planted',
      },
    );
    assert.equal(started.status, 202, JSON.stringify(started.body));
    assert.equal(started.body.traceId, TRACE_ID);
    run = started.body.id;
    await until((view) => view.state === 'SUSPENDED');
    assert.ok(fieldOps.seen.length > 0);
    for (const { headers } of fieldOps.seen) {
      assert.equal(String(headers['traceparent']).slice(3, 35), TRACE_ID);
      assert.equal(headers['tracestate'], undefined);
      assert.equal(headers['baggage'], undefined);
    }
  });

  test('a step’s span lies below the caller’s, says its run, and is what the outside system sees', () => {
    const mine = spans.filter((span) => span.name === 'countersign.step');
    assert.ok(mine.length >= 2);
    for (const span of mine) {
      assert.deepEqual([span.traceId, span.attributes['run']], [TRACE_ID, run]);
      assert.ok(span.ended);
    }
    const ids = new Set(mine.map((span) => span.spanId));
    for (const { headers } of fieldOps.seen) assert.ok(ids.has(String(headers['traceparent']).slice(36, 52)));
  });

  test('what waits is measured, with its age', async () => {
    shift += DAY_MS;
    await measureRuns(opened.services.deps, [TENANT]);
    const last = (name: string) => events.findLast((event) => event.name === name)?.attributes;
    assert.equal(last('approvals.measured')?.['waiting'], 1);
    assert.ok(Number(last('approvals.measured')?.['oldestSeconds']) >= DAY_MS / 1000);
    assert.deepEqual(last('effects.measured'), { state: 'unknown', count: 0, oldestSeconds: 0 });
  });

  test('a day later the approved write still belongs to it', async () => {
    const { body } = await call('approver', 'GET', `/api/v1/runs/${run}`);
    const { approval } = body.waitingFor[0];
    const content = (await call('approver', 'GET', `/api/v1/approvals/${approval}`)).body;
    const decided = await call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, {
      decision: 'approve',
      digest: content.digest,
      revision: content.revision,
    });
    assert.equal(decided.status, 200, JSON.stringify(decided.body));
    await until((view) => view.state === 'SUCCEEDED');
    const writes = erp.seen.filter(({ method }) => method === 'POST');
    assert.ok(writes.length > 0);
    for (const { headers } of writes) assert.equal(String(headers['traceparent']).slice(3, 35), TRACE_ID);
  });

  test('its events carry run and trace, in both directions', () => {
    const told = (name: string) => events.filter((event) => event.name === name && event.attributes['run'] === run);
    for (const name of ['run.started', 'run.suspended', 'run.ended', 'step.ended', 'step.suspended'])
      assert.ok(
        told(name).some(({ attributes }) => attributes['trace'] === TRACE_ID),
        name,
      );
    const [ended] = told('run.ended');
    assert.equal(ended?.attributes['outcome'], 'SUCCEEDED');
    assert.ok(Number(ended?.attributes['durationMs']) >= DAY_MS);
    assert.deepEqual(told('run.started')[0]?.attributes['laneVersion'], '1.0');
  });

  test('a caller without a valid header gets a trace of the run’s own', async () => {
    for (const header of [
      undefined,
      'planted',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `ff-${TRACE_ID}-b7ad6b7169203331-01`,
    ]) {
      const started = await call(
        'starter',
        'POST',
        '/api/v1/workflows/inventory-reorder-alerts/runs',
        {},
        header === undefined ? {} : { traceparent: header },
      );
      assert.equal(started.status, 202, JSON.stringify(started.body));
      assert.match(started.body.traceId, /^[0-9a-f]{32}$/);
      assert.notEqual(started.body.traceId, TRACE_ID);
    }
  });

  test('readiness asks every dependency, and names the one that does not answer', async () => {
    const well = await call('starter', 'GET', '/api/ready');
    assert.equal(well.status, 200);
    assert.deepEqual(
      well.body.checks.map(({ name }: { name: string }) => name),
      ['records', 'keys', 'blobs', 'secrets', 'directory', 'hub'],
    );
    const probes = [{ name: 'blobs', probe: () => Promise.reject(new PlatformFault('STORE_UNAVAILABLE', 'planted')) }];
    const ill = await callPath({ ...opened.services, readiness: readinessOf(probes, { clock }) }, 'GET', '/api/ready');
    assert.equal(ill.status, 503);
    assert.deepEqual(
      [ill.body.status, ill.body.checks[0].name, ill.body.checks[0].code],
      ['not ready', 'blobs', 'STORE_UNAVAILABLE'],
    );
    assert.equal(ill.text.includes('planted'), false);
  });

  test('before its retention is over the output can be read', async () => {
    shift += 88 * DAY_MS;
    const read = await call('owner', 'GET', `/api/v1/runs/${run}/output`);
    assert.equal(read.status, 200, JSON.stringify(read.body));
    assert.equal((await call('owner', 'GET', `/api/v1/runs/${run}`)).body.erasedAt, null);
  });

  test('P8: after it the data is gone for everybody, and the chain still verifies', async () => {
    shift += 3 * DAY_MS;
    const view = await until(({ erasedAt }) => erasedAt !== null);
    assert.equal(view.state, 'SUCCEEDED');
    for (const path of ['output', 'steps/labour/output', 'output?reveal=/&reason=looking'])
      assert.deepEqual([path, (await call('owner', 'GET', `/api/v1/runs/${run}/${path}`)).status], [path, 410]);
    const { deps } = opened.services;
    const scope = { tenant: TENANT, run: runId(run) };
    await assert.rejects(deps.keys.get({ tenant: TENANT, kind: 'run', id: run }, 'step'), { code: 'KEY_DESTROYED' });
    const chain = await deps.runs.readAudit(scope, 1, 1_000);
    assert.equal(verifyChain(chain), null);
    const log = await deps.tenantLog.read(TENANT, 1, 500);
    assert.ok(log.some((entry) => entry.type === 'run.erased' && entry.facts['run'] === run));
    assert.ok(events.some(({ name, attributes }) => name === 'run.erased' && attributes['run'] === run));
  });

  test('an erased run is never opened again', async () => {
    const retried = await call('operator', 'POST', `/api/v1/runs/${run}/retry`, { reason: 'looking' });
    assert.equal(retried.status, 410, JSON.stringify(retried.body));
  });
});
