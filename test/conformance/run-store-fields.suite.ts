/** The declarations bind every run store: a field that is not declared, is missing, or is not sealed is never written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { principalId } from '../../src/domain/ids.ts';
import type { RunDocument } from '../../src/domain/run/documents.ts';
import type { Head } from '../../src/domain/run/head.ts';
import type { RunBatch } from '../../src/ports/run-store.ts';
import {
  SAMPLE_AT,
  fakeSealed,
  sampleAudit,
  sampleBatch,
  sampleEffect,
  sampleHead,
  sampleNext,
  sampleRequest,
  sampleResult,
  sampleRow,
  scopeOf,
} from '../support/run-samples.ts';
import type { RunStoreFactory } from './run-store.suite.ts';

const A = scopeOf('tenant-a', 'run-1');
const secret = { employee: 'J. Doe' };

/** A record with a field that its type does not have. */
function withExtra<Record extends object>(record: Record): Record {
  return { ...record, extra: secret };
}
function without<Record extends object>(record: Record, field: keyof Record): Record {
  const { [field]: _, ...rest } = record;
  return rest as Record;
}
const outboxEntry = {
  id: 'post~1',
  kind: 'notice' as const,
  step: 1,
  document: 'post~1',
  attempts: 0,
  notBefore: SAMPLE_AT,
};

const decision = {
  by: principalId('approver'),
  onBehalfOf: null,
  withdrawn: null,
  decision: 'approve' as const,
  at: SAMPLE_AT,
  assurance: 'link' as const,
  revision: 1,
  digest: 'e'.repeat(64),
};
const link = { approver: principalId('approver'), tokenHash: 'f'.repeat(64), expiresAt: SAMPLE_AT, revokedAt: null };

export function runStoreFieldsSuite(name: string, factory: RunStoreFactory): void {
  describe(`declared fields of a run on ${name}`, () => {
    const first = sampleHead(A, 2);
    const next = sampleNext(first);
    const row = sampleRow(A, 0);
    const heads: Record<string, Head> = {
      'a head with one field more': withExtra(next),
      'a head with one field less': without(next, 'nextDue'),
      'a row with one field more': { ...next, rows: [withExtra(row)] },
      'a row with one field less': { ...next, rows: [without(row, 'fence')] },
      'an answer with one field more': {
        ...next,
        rows: [{ ...row, out: withExtra(row.out as object) as typeof row.out }],
      },
      'a turn with one field more': {
        ...next,
        rows: [
          { ...row, out: { fence: 1, sleepUntil: null, doorbell: null, next: withExtra(row.out?.next as never) } },
        ],
      },
      'a cause with a message': { ...next, cause: withExtra({ code: 'STEP_FAILED', step: 1 }) },
      'a starter with a name': { ...next, startedBy: withExtra(next.startedBy) },
      'an end of the chain with one field more': { ...next, audit: withExtra(next.audit) },
      'a slot with the key in clear beside it': { ...next, slot: withExtra({ key: 'k', grant: 1 }) },
      'an outbox entry with one field more': { ...next, outbox: [withExtra(outboxEntry)] },
    };
    const documents: Record<string, RunDocument> = {
      'a result with one field more': withExtra(sampleResult(1, 1)),
      'a result in clear': { ...sampleResult(1, 1), value: 'J. Doe' as never },
      'a result that is an object': { ...sampleResult(1, 1), value: secret as never },
      'a request with comments in clear': sampleRequest(1, { comments: 'too high' as never }),
      'a decision with its comment in clear': sampleRequest(1, { decisions: [withExtra(decision)] }),
      'a link with its token': sampleRequest(1, { links: [withExtra(link)] }),
      'eligible people with names': sampleRequest(1, { eligible: withExtra({ users: [], roles: [], groups: [] }) }),
      'an effect with one field less': without(sampleEffect(1), 'receipt'),
      'a document of an unknown kind': { ...sampleResult(1, 1), kind: 'notes' as never },
      'a document whose id belongs to another kind': { ...sampleResult(1, 1), id: 'effect~1~0~0' },
      'a document whose id holds a value': { ...sampleResult(1, 1), id: 'result~J. Doe' },
    };
    const batches: Record<string, RunBatch> = {
      ...Object.fromEntries(Object.entries(heads).map(([what, head]) => [what, sampleBatch(head)])),
      ...Object.fromEntries(Object.entries(documents).map(([what, one]) => [what, sampleBatch(next, { put: [one] })])),
      'an audit record with one field more': sampleBatch(next, { audit: withExtra(sampleAudit(next)) }),
      'an audit record with an undeclared head field': sampleBatch(next, {
        audit: sampleAudit(next, { head: { extra: 1 } as never }),
      }),
      'an audit record that tells rows as a field of the head': sampleBatch(next, {
        audit: sampleAudit(next, { head: { rows: [row] } as never }),
      }),
      'an audit record that tells an end of the chain': sampleBatch(next, {
        audit: sampleAudit(next, { head: { audit: next.audit } as never }),
      }),
      'a removal whose id holds a value': sampleBatch(next, { remove: ['result~J. Doe'] }),
      'an audit record with a nested fact': sampleBatch(next, {
        audit: sampleAudit(next, { event: { type: 'X', record: secret as never } }),
      }),
      'an audit record that quotes a document': sampleBatch(next, {
        audit: sampleAudit(next, { documents: [withExtra({ id: 'input', hash: null, state: null })] }),
      }),
      'an audit record with an undeclared row field': sampleBatch(next, {
        audit: sampleAudit(next, { rows: [withExtra(row)] }),
      }),
    };

    for (const [what, batch] of Object.entries(batches)) {
      test(`${what} is refused, and the error does not repeat the value`, async (t) => {
        const runs = await factory(t);
        await runs.create(A, sampleBatch(first));
        const stored = await runs.readHead(A);
        assert.ok(stored);
        await assert.rejects(runs.commit(A, stored.etag, batch), (error: Error) => {
          assert.ok(error instanceof TypeError);
          assert.doesNotMatch(error.message, /Doe/);
          return true;
        });
        assert.equal((await runs.readHead(A))?.etag, stored.etag);
      });
    }

    test('sealed fields may be null where nothing is there yet', async (t) => {
      const runs = await factory(t);
      const put = [
        sampleEffect(1, { receipt: null }),
        sampleRequest(1, { comments: fakeSealed(32), decisions: [decision], links: [link] }),
      ];
      assert.equal(await runs.create(A, sampleBatch(first, { put })), 'created');
    });

    test('what an earlier release wrote may lack the fields that came later, and no others', async (t) => {
      const runs = await factory(t);
      const request = without(sampleRequest(1), 'answers');
      assert.equal(await runs.create(A, sampleBatch(first, { put: [request] })), 'created');
      assert.deepEqual(await runs.readDocument(A, 'request', 'request~1'), request);
      const stored = await runs.readHead(A);
      assert.ok(stored);
      const put = [without(request, 'comments')];
      await assert.rejects(runs.commit(A, stored.etag, sampleBatch(next, { put })), /missing comments$/);
    });
  });
}
