/** Writes at three kinds of targets, with connections cut and processes dying at every boundary. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERBS } from '../../../src/activities/verbs.ts';
import { workTurn } from '../../../src/activities/turn.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { resolveEffect } from '../../../src/app/resolve-effect.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RunBatch } from '../../../src/ports/run-store.ts';
import { publishSamples, publishWrite } from '../verbs/samples.ts';
import type { TargetKind } from '../verbs/fake-adapters.ts';
import { Crash, makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const EFFECT = `effect~${POST}~0~0`;

function free(kind: TargetKind, more: JsonObject = {}): World {
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = kind;
  publishWrite(world, more);
  return world;
}

const RECORDS = { records: [{ id: 'a' }, { id: 'b' }] };
const effect = (world: World, scope: RunScope, id = EFFECT) => {
  const found = world.runs.document(scope, id);
  assert(found?.kind === 'effect');
  return found;
};
const resolve = (
  world: World,
  scope: RunScope,
  resolution: 'happened' | 'did-not-happen' | 'send-again',
  id = EFFECT,
) => resolveEffect(world.deps, scope, { effect: id, resolution, by: principalId('operator'), reason: 'looked it up' });

for (const kind of ['honours', 'askable', 'neither'] as const) {
  for (const when of ['before', 'during', 'after'] as const) {
    test(`P4: a connection cut ${when} the write at a target of kind "${kind}"`, async () => {
      const world = free(kind);
      world.target.faults.push({ kind: 'cut', when });
      const scope = await world.start('write', RECORDS);
      const head = await world.drive(scope);
      if (kind === 'neither') {
        assert.equal(head.rows[POST]?.state, 'SUSPENDED');
        assert.equal(head.rows[POST]?.reason, 'EFFECT');
        assert.equal(head.rows[POST]?.openEffects, 1);
        assert.equal(effect(world, scope).state, 'unknown');
        assert(world.target.received.length <= 1);
        return;
      }
      assert.equal(head.state, 'SUCCEEDED', JSON.stringify(world.events));
      assert.equal(world.target.entries.length, 1);
      assert.equal(new Set(world.target.received).size, 1);
      assert.equal(head.rows[POST]?.openEffects, 0);
    });
  }
}

/** Numbers the boundaries that a faultless write crosses, then dies once at each of them. */
async function crashEverywhere(kind: TargetKind, batches: number): Promise<void> {
  const input = { records: Array.from({ length: batches }, (_, at) => ({ id: `r${at}` })) };
  for (let boundary = 0; ; boundary++) {
    const world = free(kind);
    world.target.batchMax = 1;
    const scope = await world.start('write', input);
    let crossed = 0;
    const cross = (): void => {
      if (crossed++ !== boundary) return;
      world.runs.dead = new Crash(`boundary ${boundary}`);
      throw world.runs.dead;
    };
    world.runs.onCommit = (_when: string, batch: RunBatch) => {
      if (batch.put.some((document) => document.kind === 'effect')) cross();
    };
    world.target.gate = async () => cross();
    let head = await world.drive(scope);
    if (crossed <= boundary) return assert(boundary >= batches * 3);
    for (let asked = 0; head.rows[POST]?.reason === 'EFFECT'; asked++) {
      assert.equal(kind, 'neither', 'only such a target needs a person');
      assert(asked < batches);
      const open = world.runs.all('effect').find((each) => each.state === 'unknown');
      assert(open);
      const happened = world.target.entries.some((entry) => entry.key === open.key);
      const answer = await resolve(world, scope, happened ? 'happened' : 'send-again', open.id);
      assert.deepEqual(answer, { ok: true });
      head = await world.drive(scope);
    }
    assert.equal(head.state, 'SUCCEEDED', `boundary ${boundary}: ${JSON.stringify(world.events)}`);
    const bodies = world.target.entries.map((entry) => JSON.stringify(entry.body));
    assert.equal(bodies.length, batches, `boundary ${boundary}`);
    assert.equal(new Set(bodies).size, batches, `boundary ${boundary}: written twice`);
  }
}

for (const kind of ['honours', 'askable', 'neither'] as const) {
  test(`P4: dying at every boundary of a write of three batches at "${kind}" writes each exactly once`, () =>
    crashEverywhere(kind, 3));
}

test('P4: two executions of one turn at the same time: exactly one entry, or at most one', async () => {
  for (const kind of ['honours', 'askable', 'neither'] as const) {
    const world = free(kind);
    const scope = await world.start('write', RECORDS);
    const begin = world.queue.shift()!;
    const out = await workTurn(world.deps, VERBS, { ...begin.turn, lane: begin.lane }, { straightOnMs: 0 });
    const turn = { ...out.next!, lane: begin.lane };
    let open: () => void = () => undefined;
    const both = new Promise<void>((resolveGate) => (open = resolveGate));
    world.target.gate = () => both;
    const first = workTurn(world.deps, VERBS, turn, { straightOnMs: 0 });
    while (world.target.received.length === 0) await new Promise((next) => setImmediate(next));
    const second = workTurn(world.deps, VERBS, turn, { straightOnMs: 0 });
    for (let at = 0; at < 50; at++) await new Promise((next) => setImmediate(next));
    open();
    const answers = await Promise.allSettled([first, second]);
    for (const answer of answers) {
      assert.equal(answer.status, 'fulfilled');
      if (answer.value.next === null) continue;
      world.queue.push({ lane: begin.lane, turn: answer.value.next });
      if (answer.value.sleepUntil !== null)
        world.clock.advance(Math.max(0, Date.parse(answer.value.sleepUntil) - Date.parse(world.clock.now())));
    }
    const head = await world.drive(scope);
    assert.equal(world.target.entries.length, 1, kind);
    const state = head.rows[POST]?.state;
    assert.equal(state, kind === 'neither' && state === 'SUSPENDED' ? 'SUSPENDED' : 'SUCCEEDED', kind);
  }
});

test('at a target that can only be asked, an early "not found" is not believed', async () => {
  const world = free('askable');
  world.target.lagMs = 8_000;
  world.target.faults.push({ kind: 'cut', when: 'after' });
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 1);
  assert.equal(world.target.lookups, 2);
});

test('a definite refusal fails the step; a retry of it is a new epoch under a new key', async () => {
  const world = free('honours');
  world.target.faults.push({ kind: 'refuse', retryable: true });
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUCCEEDED');
  assert.equal(effect(world, scope).epoch, 2);
  assert.equal(new Set(world.target.received).size, 2);
  assert.equal(world.target.entries.length, 1);
});

test('a refusal that no retry cures ends the step with what the target said, sealed', async () => {
  const world = free('neither');
  world.target.faults.push({ kind: 'refuse', retryable: false });
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.cause?.code, 'OUTSIDE_REFUSED');
  assert.equal(head.rows[POST]?.openEffects, 0);
  assert.equal(effect(world, scope).state, 'refused');
});

test('a request that never left is sent again at any target, without a person', async () => {
  for (const kind of ['honours', 'askable', 'neither'] as const) {
    const world = free(kind);
    world.target.faults.push({ kind: 'not-sent' });
    const scope = await world.start('write', RECORDS);
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED', kind);
    assert.equal(world.target.entries.length, 1);
  }
});

test('a target that honours its key and never answers: after the last attempt a person looks', async () => {
  const world = free('honours', { retry: { maxAttempts: 2 } });
  for (let at = 0; at < 4; at++) world.target.faults.push({ kind: 'cut', when: 'after' });
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.reason, 'EFFECT');
  assert.equal(world.target.entries.length, 1);
  assert.deepEqual(await resolve(world, scope, 'happened'), { ok: true });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('a person says what became of an unknown write', async () => {
  const cases = [
    { says: 'happened', state: 'SUCCEEDED', entries: 1 },
    { says: 'did-not-happen', state: 'FAILED', entries: 1 },
    { says: 'send-again', state: 'SUCCEEDED', entries: 2 },
  ] as const;
  for (const { says, state, entries } of cases) {
    const world = free('neither');
    world.target.faults.push({ kind: 'cut', when: 'after' });
    const scope = await world.start('write', RECORDS);
    await world.drive(scope);
    assert.deepEqual(await resolve(world, scope, says), { ok: true });
    assert.deepEqual(await resolve(world, scope, says), {
      ok: false,
      refusal: says === 'send-again' ? 'NOT_WAITING' : 'NOT_OPEN',
    });
    const head = await world.drive(scope);
    assert.equal(head.state, state, says);
    assert.equal(world.target.entries.length, entries, says);
    if (says === 'send-again') assert.equal(new Set(world.target.received).size, 1);
  }
});

test('a partly refused batch reports the refused records by their place among all', async () => {
  const world = free('honours');
  world.target.batchMax = 2;
  world.target.faults.push({ kind: 'cut', when: 'before' }, { kind: 'refuse-one', index: 1 });
  const scope = await world.start('write', { records: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  await world.drive(scope);
  assert.deepEqual(await world.output(scope, POST), {
    confirmed: 2,
    refused: [{ index: 1, reason: 'bad record' }],
    receipts: [{ id: 'entry-0' }, { id: 'entry-1' }],
  });
});

test('a write of n batches costs n commits beside its result', async () => {
  const world = free('honours');
  world.target.batchMax = 1;
  const scope = await world.start('write', { records: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  const before = world.runs.commits;
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  const [begin, result, end] = [1, 1, 1];
  assert.equal(world.runs.commits - before, begin + 3 + result + end);
});

test('the key says nothing about the content, the digest is keyed', async () => {
  const keys = new Set<string>();
  for (const id of ['a', 'b']) {
    const world = free('honours');
    const scope = await world.start('write', { records: [{ id }] });
    await world.drive(scope);
    keys.add(effect(world, scope).key);
    assert.match(effect(world, scope).requestDigest, /^[0-9a-f]{64}$/);
  }
  assert.equal(keys.size, 1);
});

test('a key that another connector version may have sent elsewhere is not sent again: a person looks', async () => {
  const world = free('honours', { retry: { maxAttempts: 2 } });
  world.target.faults.push({ kind: 'cut', when: 'after' }, { kind: 'cut', when: 'after' });
  world.target.gate = async () => {
    if (world.target.received.length !== 2) return;
    world.publish('Connector', 'erp', { resources: { free: { access: 'write', policies: ['free'] } } });
    world.clock.advance(86_400_000);
  };
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.reason, 'EFFECT', JSON.stringify(world.events));
  assert.equal(world.target.received.length, 2);
  assert.equal(effect(world, scope).connectorVersion, 1);
});

test('records that vanish after a part of them was written are EFFECT_CHANGED', async () => {
  const world = free('honours');
  world.target.batchMax = 1;
  world.target.records = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  const ok = { kind: 'refuse-one', index: 9 } as const;
  world.target.faults.push(ok, ok, { kind: 'refuse', retryable: false });
  const scope = await world.start('free');
  assert.equal((await world.drive(scope)).state, 'FAILED');
  world.target.records = [{ id: 'a' }];
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
  const head = await world.drive(scope);
  assert.equal(head.cause?.code, 'EFFECT_CHANGED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 2);
});

test('a target that can be asked and does not answer: the step fails and asks again, at last a person', async () => {
  const world = free('askable', { retry: { maxAttempts: 2 } });
  world.target.faults.push({ kind: 'cut', when: 'after' });
  world.target.deaf = true;
  const scope = await world.start('write', RECORDS);
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.reason, 'EFFECT', JSON.stringify(world.events));
  assert.equal(head.rows[POST]?.attempt, 2);
  assert.equal(world.target.entries.length, 1);
});
