/** How long an ended run is kept: when its end posts the erasure, who takes it back, and what follows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../../src/domain/run/advance.ts';
import { principalId } from '../../../src/domain/ids.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { World } from '../../support/simulation/world.ts';
import { fakeVerbs } from '../../support/simulation/fake-verbs.ts';
import { planOf } from '../../support/simulation/plans.ts';

const DAY_MS = 86_400_000;
const BY = principalId('operator');
const plan = planOf([{ id: 'one' }]);
const kept = { ...plan, retentionMs: 10 * DAY_MS };
const after = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** A run that has ended, without any retention so far. */
async function ended(): Promise<Head> {
  const world = new World({ plan, verbs: fakeVerbs({}) });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUCCEEDED');
  return world.head(scope);
}

function apply(head: Head, event: RunEvent, now: string, retentionMs: number | null = null, with_ = plan): Head {
  const advanced = advance(with_, head, event, now, { silenceMs: 10_000, retentionMs });
  assert.ok(advanced.ok, JSON.stringify(advanced));
  return advanced.head;
}

async function running(): Promise<Head> {
  const head = await ended();
  return apply(head, { type: 'RETRY_RUN', by: BY }, head.endedAt ?? '');
}

const cancelled = async (retentionMs: number | null, with_ = plan): Promise<Head> => {
  const head = await running();
  return apply(head, { type: 'TERMINATE', by: BY }, after(head.createdAt, 1_000), retentionMs, with_);
};
const erasure = (head: Head) => head.outbox.find((entry) => entry.kind === 'drop-key');

test('the end posts the erasure, due after the retention of the workflow, before that of the tenant', async () => {
  const byTenant = await cancelled(90 * DAY_MS);
  assert.equal(erasure(byTenant)?.notBefore, after(byTenant.endedAt ?? '', 90 * DAY_MS));
  const own = await cancelled(90 * DAY_MS, kept);
  assert.equal(erasure(own)?.notBefore, after(own.endedAt ?? '', 10 * DAY_MS));
  assert.equal(own.nextDue, erasure(own)?.notBefore);
});

test('without a retention nothing is ever erased', async () => {
  const head = await cancelled(null);
  assert.equal(erasure(head), undefined);
  assert.equal(head.nextDue, null);
});

test('a run that is opened again takes it back, and its next end posts one of its own', async () => {
  const head = await cancelled(90 * DAY_MS);
  const again = apply(head, { type: 'RETRY_RUN', by: BY }, after(head.endedAt ?? '', DAY_MS), 90 * DAY_MS);
  assert.equal(erasure(again), undefined);
  const over = apply(again, { type: 'TERMINATE', by: BY }, after(head.endedAt ?? '', 2 * DAY_MS), 90 * DAY_MS);
  assert.equal(erasure(over)?.id, `erase~${over.attempt}`);
  assert.equal(over.outbox.filter((entry) => entry.kind === 'drop-key').length, 1);
});

test('once it is due nobody opens the run again, delivered or not', async () => {
  const head = await cancelled(90 * DAY_MS);
  const due = erasure(head)?.notBefore ?? '';
  for (const event of [
    { type: 'RETRY_RUN', by: BY },
    { type: 'RETRY_STEP', by: BY, step: 1 },
  ] as const) {
    const refused = advance(plan, head, event, due, { silenceMs: 10_000 });
    assert.deepEqual(refused, { ok: false, refusal: 'NOT_ALLOWED' });
  }
});

test('its delivery is written into the run: erased then, nothing due, never opened again', async () => {
  const head = await cancelled(90 * DAY_MS);
  const { id = '', notBefore: due = '' } = erasure(head) ?? {};
  const gone = apply(head, { type: 'OUTBOX', delivered: [id], retry: [] }, due, 90 * DAY_MS);
  assert.deepEqual([gone.erasedAt, gone.nextDue, gone.state], [due, null, 'CANCELLED']);
  assert.deepEqual(advance(plan, gone, { type: 'RETRY_RUN', by: BY }, due, { silenceMs: 10_000 }), {
    ok: false,
    refusal: 'NOT_ALLOWED',
  });
});
