/** Heads, audit records and documents as the stores take them, made for tests that know nothing of the engine. */
import { laneId, principalId, runId, tenantId, workflowId, type RunScope } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/json.ts';
import type { AuditRecord, EffectDocument, RequestDocument, ResultDocument } from '../../src/domain/run/documents.ts';
import type { Head, Row } from '../../src/domain/run/head.ts';
import type { Sealed } from '../../src/domain/sealing/sealed.ts';
import type { RunBatch } from '../../src/ports/run-store.ts';

export const SAMPLE_AT = '2026-11-21T10:00:00.000Z';

/** Sealed text of about `bytes` bytes that no key opens: enough for stores, which never look inside. */
export const fakeSealed = (bytes = 1024): Sealed => `s1.1.${'A'.repeat(bytes)}` as Sealed;

export const scopeOf = (tenant: string, run: string): RunScope => ({ tenant: tenantId(tenant), run: runId(run) });

export const instant = (seconds: number): Instant =>
  new Date(Date.parse(SAMPLE_AT) + Math.round(seconds * 1000)).toISOString();

export function sampleRow(scope: RunScope, step: number, change: Partial<Row> = {}): Row {
  return {
    step,
    id: `step-${step}`,
    state: 'PENDING',
    reason: null,
    fence: 1,
    attempt: 1,
    takeovers: 0,
    due: instant(10),
    wakeAt: null,
    lane: laneId(scope.run, 0, 1),
    out: {
      fence: 1,
      next: { tenant: scope.tenant, run: scope.run, step: step + 1, fence: 1, verb: 'FETCH' },
      sleepUntil: null,
      doorbell: null,
    },
    decided: false,
    chosen: null,
    startedAt: SAMPLE_AT,
    endedAt: null,
    since: SAMPLE_AT,
    errorCode: null,
    result: null,
    openEffects: 0,
    ...change,
  };
}

export function sampleHead(scope: RunScope, steps: number, change: Partial<Head> = {}): Head {
  return {
    tenant: scope.tenant,
    run: scope.run,
    kind: 'run',
    workflow: workflowId('labour-cost-posting'),
    version: 1,
    attempt: 1,
    state: 'RUNNING',
    pendingReason: null,
    pausedBy: null,
    phase: 'MAIN',
    endingAs: null,
    cause: null,
    partial: false,
    startedBy: { id: principalId(`${scope.tenant}:starter`), kind: 'user' },
    trigger: 'api',
    scheduledFor: null,
    createdAt: SAMPLE_AT,
    startedAt: SAMPLE_AT,
    endedAt: null,
    erasedAt: null,
    activeMs: 0,
    activeSince: null,
    timeoutMs: 3_600_000,
    businessKey: null,
    slot: null,
    traceparent: null,
    audit: { seq: 1, hash: 'a'.repeat(64) },
    nextDue: null,
    outbox: [],
    rows: Array.from({ length: steps }, (_, step) => sampleRow(scope, step)),
    ...change,
  };
}

/** A record that tells the whole head, whatever came before. */
export function sampleAudit(head: Head, change: Partial<AuditRecord> = {}): AuditRecord {
  const { rows, audit: _audit, ...fields } = head;
  return {
    seq: head.audit.seq,
    at: SAMPLE_AT,
    by: principalId('system'),
    event: { type: 'STEP_SUCCEEDED', step: 1, fence: 1 },
    head: fields,
    rows,
    documents: [{ id: 'result~1~1~1', hash: 'b'.repeat(64), state: null }],
    prev: 'c'.repeat(64),
    hash: head.audit.hash,
    ...change,
  };
}

export function sampleBatch(head: Head, change: Partial<RunBatch> = {}): RunBatch {
  return { head, audit: sampleAudit(head), put: [], remove: [], ...change };
}

/** The head after one more commit: one row changed, sequence number up. */
export function sampleNext(head: Head, change: Partial<Head> = {}): Head {
  const seq = head.audit.seq + 1;
  const at = seq % Math.max(1, head.rows.length);
  return {
    ...head,
    rows: head.rows.map((row) => (row.step === at ? { ...row, fence: row.fence + 1 } : row)),
    audit: { seq, hash: seq.toString(16).padStart(64, '0') },
    ...change,
  };
}

export function sampleResult(step: number, fence: number, value: Sealed = fakeSealed()): ResultDocument {
  return { kind: 'result', id: `result~${step}~1~${fence}`, step, attempt: 1, what: 'output', value };
}

export function sampleEffect(step: number, change: Partial<EffectDocument> = {}): EffectDocument {
  return {
    kind: 'effect',
    id: `effect~${step}~0~0`,
    step,
    record: 0,
    batch: 0,
    epoch: 0,
    state: 'intended',
    key: 'k'.repeat(43),
    requestDigest: 'd'.repeat(64),
    connector: 'erp',
    connectorVersion: 1,
    resource: 'ledger-entries',
    executor: null,
    until: null,
    absentAt: null,
    request: fakeSealed(),
    receipt: null,
    settledAt: null,
    decision: null,
    attempt: 1,
    ...change,
  };
}

export function sampleRequest(step: number, change: Partial<RequestDocument> = {}): RequestDocument {
  return {
    kind: 'request',
    id: `request~${step}`,
    step,
    revision: 1,
    state: 'OPEN',
    authority: 'people',
    digest: 'e'.repeat(64),
    reasons: ['ABOVE_LIMIT'],
    policies: ['finance@1'],
    eligible: { users: [], roles: ['approver'], groups: [] },
    excluded: [],
    quorum: 1,
    assurance: 'link',
    disclose: {},
    links: [],
    decisions: [],
    openedAt: SAMPLE_AT,
    dueAt: null,
    onDeadline: null,
    validForMs: 3_600_000,
    decidedAt: null,
    validUntil: null,
    values: 'none',
    attempt: 1,
    content: fakeSealed(),
    comments: null,
    answers: null,
    ...change,
  };
}
