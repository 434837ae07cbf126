/** Clocks that differ: an approval is over for a write as soon as it may be over anywhere; questions end where nobody answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitRun } from '../../../src/app/commit-run.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { invalidity } from '../../../src/domain/governance/request.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import { later } from '../../../src/domain/instant.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import { who } from '../verbs/govern-people.ts';
import { ASK, publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;
const POST = 3;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

/** How long after the decision the last write may go out, by its validity. */
const LAST: readonly (readonly [validFor: number, last: number])[] = [
  [DAY, DAY - 2 * MINUTE],
  [4 * MINUTE, 2 * MINUTE],
  [2 * MINUTE, MINUTE],
  [SECOND, SECOND / 2],
  [1, 1],
];

test('P3: a write goes out until two minutes before the end, and in the first half of a validity under four', () => {
  const decided = '2026-11-02T09:00:00.000Z';
  for (const [validForMs, last] of LAST) {
    const validUntil = later(decided, validForMs);
    const request = { state: 'APPROVED', authority: 'policy', validForMs, validUntil } as RequestDocument;
    assert.equal(invalidity(request, later(decided, last - 1)), null, String(validForMs));
    assert.equal(invalidity(request, later(decided, last)), 'EXPIRED', String(validForMs));
  }
});

const asking = (more: JsonObject): JsonObject => ({
  rules: (ASK['rules'] as JsonObject[]).map((rule) => (rule['id'] === 'finance' ? { ...rule, ...more } : rule)),
});

async function waiting(policy: JsonObject): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world, policy);
  const scope = await world.start('posting');
  await world.drive(scope);
  return { world, scope };
}
async function approve(world: World, scope: RunScope, step = GOVERN): Promise<void> {
  const { revision, digest } = world.request(scope, step)!;
  const cast = { decision: 'approve', revision, digest, comment: null, values: null, tokenHash: null } as const;
  assert.equal((await decideApproval(world.deps, scope, step, who('approver'), cast)).kind, 'recorded');
}

for (const [validFor, last] of [
  ['P1D', DAY - 2 * MINUTE],
  ['PT1M', MINUTE / 2],
] as const) {
  test(`P3: an instance two minutes behind writes nothing under an approval of ${validFor} that is over`, async () => {
    for (const [after, written] of [
      [last - SECOND, 1],
      [last, 0],
    ] as const) {
      const { world, scope } = await waiting(asking({ validFor }));
      const decided = world.clock.now();
      await approve(world, scope);
      world.clock.advance(after);
      const head = await world.drive(scope);
      assert.equal(world.target.entries.length, written, `${after}`);
      const validity = validFor === 'P1D' ? DAY : MINUTE;
      if (written === 1) {
        assert.equal(head.state, 'SUCCEEDED');
        assert.equal(
          world.request(scope, GOVERN)?.validUntil,
          later(decided, validity),
          'the true end is what is told',
        );
      } else {
        assert.equal(head.rows[POST]?.reason, 'APPROVAL');
        assert.equal(world.request(scope, POST)?.reasons[0], 'EXPIRED');
      }
    }
  });
}

test('P3: a GOVERN done again keeps no approval under which nothing could be written any more', async () => {
  for (const [after, kept] of [
    [DAY - 3 * MINUTE, true],
    [DAY - 2 * MINUTE, false],
  ] as const) {
    const { world, scope } = await waiting(ASK);
    await approve(world, scope);
    world.target.faults.push({ kind: 'refuse', retryable: false });
    assert.equal((await world.drive(scope)).state, 'FAILED');
    world.clock.advance(after - (Date.parse(world.clock.now()) - Date.parse(world.request(scope, GOVERN)!.decidedAt!)));
    await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
    const head = await world.drive(scope);
    assert.equal(head.rows[GOVERN]?.state, kept ? 'SUCCEEDED' : 'SUSPENDED');
  }
});

/** Asked under the write, because the first approval has grown old; then nobody answers. */
async function unanswered(onDeadline: string): Promise<{ world: World; scope: RunScope }> {
  const { world, scope } = await waiting(asking({ sla: { due: 'P2D', onDeadline } }));
  await approve(world, scope);
  world.clock.advance(DAY);
  assert.equal((await world.drive(scope)).rows[POST]?.reason, 'APPROVAL');
  world.clock.advance(2 * DAY);
  const { fence } = (await world.runs.readHead(scope))!.head.rows[POST]!;
  const passed = { type: 'DEADLINE_PASSED', step: POST, fence } as const;
  assert((await commitRun(world.deps, scope, () => ({ event: passed }))).ok);
  return { world, scope };
}

for (const onDeadline of ['reject', 'fail']) {
  test(`a question under the write that nobody answers in time (${onDeadline}) ends the step, and is asked anew by a retry`, async () => {
    const { world, scope } = await unanswered(onDeadline);
    const head = await world.drive(scope);
    assert.equal(head.cause?.code, 'GOVERN_EXPIRED');
    assert.equal(world.request(scope, POST)?.state, 'EXPIRED');
    await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
    assert.equal((await world.drive(scope)).state, 'SUSPENDED');
    assert.equal(world.target.entries.length, 0);
  });
}

test('a question under the write with `escalate` stays open: managers are told once, nothing falls due again', async () => {
  const { world, scope } = await unanswered('escalate');
  const row = (await world.drive(scope)).rows[POST]!;
  assert.deepEqual([row.state, row.reason, row.due], ['SUSPENDED', 'APPROVAL', null]);
  const told = (await world.notices()).filter((notice) => notice.kind === 'escalation');
  assert.deepEqual(
    told.map(({ to, step }) => [to.id, step]),
    [['boss', 'post']],
  );
  await approve(world, scope, POST);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});
