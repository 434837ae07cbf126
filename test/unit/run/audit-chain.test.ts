/** P5: the chain tells every change; nothing in it can be changed, left out or put elsewhere unnoticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256hex } from '../../../src/app/sha256.ts';
import { auditEvent } from '../../../src/domain/audit/event.ts';
import { rebuildHead, verifyChain } from '../../../src/domain/audit/chain.ts';
import type { AuditRecord } from '../../../src/domain/run/documents.ts';
import { asksPeople, failsFirst, fakeVerbs } from '../../support/simulation/fake-verbs.ts';
import { planOf } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';

async function chainOfRun(): Promise<readonly AuditRecord[]> {
  const plan = planOf([
    { id: 'a' },
    { id: 'policy', verb: 'GOVERN', after: ['a'] },
    { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople(), post: failsFirst(1) }) });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUSPENDED');
  await world.decide(scope, 2, 'APPROVED');
  await world.finish([scope]);
  assert.deepEqual(rebuildHead(world.partition(scope).audit), world.head(scope));
  return world.partition(scope).audit;
}

const P5 = 'P5: gapless, hash-chained';

test(`${P5}: a chain as it was written has no fault, and every prefix tells a head`, async () => {
  const chain = await chainOfRun();
  assert.equal(verifyChain(chain, sha256hex), null);
  for (let length = 1; length <= chain.length; length++) {
    const head = rebuildHead(chain.slice(0, length));
    assert.equal(head.audit.seq, length);
    assert.equal(head.rows.length, 5);
  }
});

test(`${P5}: from a head on the way the rest of the chain tells the same, and leaves that head as it was`, async () => {
  const chain = await chainOfRun();
  const last = rebuildHead(chain);
  for (let length = 1; length <= chain.length; length++) {
    const from = rebuildHead(chain.slice(0, length));
    const before = structuredClone(from);
    assert.deepEqual(rebuildHead(chain.slice(length), from), last);
    assert.deepEqual(from, before);
  }
});

test(`${P5}: any one record changed, left out, repeated or exchanged is found`, async () => {
  const chain = await chainOfRun();
  for (let at = 0; at < chain.length; at++) {
    const found = chain[at] as AuditRecord;
    const changes: readonly Partial<AuditRecord>[] = [
      { at: '2020-01-01T00:00:00.000Z' },
      { by: 'acme:somebody-else' as never },
      { event: { ...found.event, extra: 1 } },
      { rows: found.rows.slice(1) },
      { head: { ...found.head, state: 'FAILED' } },
      { documents: [...found.documents, { id: 'x', hash: null, state: null }] },
    ];
    for (const change of changes) {
      const { rows, head } = { ...found, ...change };
      if (rows === found.rows && head === found.head && change.rows !== undefined) continue;
      if (change.rows !== undefined && found.rows.length === 0) continue;
      const forged = chain.map((each, index) => (index === at ? { ...found, ...change } : each));
      assert.equal(verifyChain(forged, sha256hex)?.what, 'HASH', JSON.stringify(change));
    }
    if (at < chain.length - 1) {
      assert.equal(verifyChain(chain.toSpliced(at, 1), sha256hex)?.what, 'GAP', `${at} left out`);
      assert.ok(verifyChain(chain.toSpliced(at, 2, chain[at + 1] as AuditRecord, found), sha256hex), `${at} exchanged`);
    }
    assert.ok(verifyChain(chain.toSpliced(at, 0, found), sha256hex), `${at} repeated`);
  }
});

test(`${P5}: a record forged with a hash of its own breaks the next one`, async () => {
  const chain = await chainOfRun();
  const found = chain[2] as AuditRecord;
  const { hash: _hash, ...open } = { ...found, by: 'acme:forger' as never };
  const { canonicalJson } = await import('../../../src/domain/json.ts');
  const forged = { ...open, hash: sha256hex(canonicalJson(open as never)) } as AuditRecord;
  assert.deepEqual(verifyChain(chain.toSpliced(2, 1, forged), sha256hex), { seq: 4, what: 'PREV' });
});

test('a chain can be checked from any place that is known', async () => {
  const chain = await chainOfRun();
  const from = chain[3] as AuditRecord;
  assert.equal(verifyChain(chain.slice(4), sha256hex, from), null);
  assert.deepEqual(verifyChain(chain.slice(5), sha256hex, from), { seq: 5, what: 'GAP' });
});

test('nothing of inputs or outputs is in the chain but the hash of its stored form', async () => {
  const text = JSON.stringify(await chainOfRun());
  assert.ok(!text.includes('"value"') && !text.includes('s1.1'), 'a sealed value lies in the chain');
});

test('what a record says of an event is flat: lists by their number, what else is no id, code or number not at all', () => {
  const entries = [1, 2].map((n) => ({ id: `post~${n}` }));
  const event = { type: 'POST', entries, detail: { code: 'X' }, step: 2, due: null } as never;
  assert.deepEqual(auditEvent(event, { reason: 'asked' }), {
    type: 'POST',
    entries: 2,
    step: 2,
    due: null,
    reason: 'asked',
  });
});
