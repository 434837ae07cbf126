/** What comes late must not write: a sender that was held up, a look-up that was overtaken, a statement that changes sides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { listEffects, resolveEffect } from '../../../src/app/resolve-effect.ts';
import { settleEffects } from '../../../src/app/resolve-effect-settle.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { publishSamples, publishWrite } from '../verbs/samples.ts';
import type { TargetKind } from '../verbs/fake-adapters.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const EFFECT = 'effect~1~0~0';
const OTHER = 'effect~1~0~1';
const operator = principalId('operator');

async function started(kind: TargetKind, more: JsonObject = {}): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = kind;
  publishWrite(world, { records: [{ id: 'a' }], ...more });
  return { world, scope: await world.start('write') };
}
const effect = (world: World, scope: RunScope, id = EFFECT) => {
  const found = world.runs.document(scope, id);
  assert(found?.kind === 'effect');
  return found;
};
const say = (world: World, scope: RunScope, resolution: 'happened' | 'did-not-happen') =>
  resolveEffect(world.deps, scope, { effect: EFFECT, resolution, by: operator, reason: 'looked' });

/** A run terminated while its write has been sent and not answered; everyone's time to act is over. */
async function terminated(): Promise<{ world: World; scope: RunScope }> {
  const { world, scope } = await started('askable');
  world.target.lagMs = 10_000_000;
  world.target.faults.push({ kind: 'cut', when: 'after' });
  world.target.gate = async () => {
    await controlRun(world.deps, { scope, control: { kind: 'terminate' }, by: operator });
  };
  await world.drive(scope);
  world.target.gate = null;
  world.clock.advance(200_000);
  return { world, scope };
}
const rowOf = async (world: World, scope: RunScope) => (await world.runs.readHead(scope))!.head.rows[POST]!;

test('P4: a sender whose intent took longer to commit than it may act sends nothing', async () => {
  for (const kind of ['honours', 'askable', 'neither'] as const) {
    const { world, scope } = await started(kind, { retry: { maxAttempts: 1 } });
    let held = false;
    world.runs.onCommit = (when, batch) => {
      const intends = batch.put.some((document) => document.kind === 'effect' && document.state === 'intended');
      if (when !== 'after' || !intends || held) return;
      held = true;
      world.clock.advance(180_000);
    };
    await world.drive(scope);
    assert(held);
    assert.equal(world.target.received.length, 0, kind);
  }
});

/** Two effects of one step are unknown, and the target has once not known them; `meanwhile` happens while it is asked again. */
async function askedAgain(meanwhile: (world: World, scope: RunScope) => Promise<void>) {
  const { world, scope } = await terminated();
  await settleEffects(world.deps, scope, await rowOf(world, scope));
  const asked = effect(world, scope);
  assert.equal(asked.state, 'unknown');
  world.runs.replace(scope, { ...asked, id: OTHER, batch: 1 });
  const { head, etag } = (await world.runs.readHead(scope))!;
  const rows = head.rows.map((row) => (row.step === POST ? { ...row, openEffects: 2 } : row));
  await world.runs.commit(scope, etag, { head: { ...head, rows }, audit: {} as never, put: [], remove: [] });
  world.clock.advance(60_000);
  const { adapters } = world.deps;
  const resolve = adapters.resolve.bind(adapters);
  adapters.resolve = async (...question) => {
    adapters.resolve = resolve;
    await meanwhile(world, scope);
    return resolve(...question);
  };
  await settleEffects(world.deps, scope, await rowOf(world, scope));
  const states = [EFFECT, OTHER].map((id) => effect(world, scope, id).state);
  return { states, open: (await rowOf(world, scope)).openEffects };
}

test('P4: what a person said while the target was being asked stands', async () => {
  const found = await askedAgain(async (world, scope) => {
    assert.deepEqual(await say(world, scope, 'happened'), { ok: true });
  });
  assert.deepEqual(found, { states: ['confirmed', 'refused'], open: 0 });
});

test('a person finds that a write of a step that has ended did not happen: one retry sends it', async () => {
  const { world, scope } = await started('neither', { retry: { maxAttempts: 1 } });
  world.target.faults.push({ kind: 'cut', when: 'before' });
  world.target.gate = null;
  await world.drive(scope);
  await controlRun(world.deps, { scope, control: { kind: 'terminate' }, by: operator });
  assert.deepEqual(await say(world, scope, 'did-not-happen'), { ok: true });
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: operator });
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 1);
});

test('P4: what the target has confirmed stays known when there is no time left for the rest', async () => {
  for (const kind of ['honours', 'askable', 'neither'] as const) {
    const { world, scope } = await started(kind, { records: [{ id: 'a' }, { id: 'b' }] });
    world.target.batchMax = 1;
    world.target.gate = async () => {
      world.target.gate = null;
      world.clock.advance(121_000);
    };
    const head = await world.drive(scope);
    assert.equal(head.state, 'SUCCEEDED', `${kind}: ${JSON.stringify(head.rows[POST])}`);
    assert.equal(world.target.received.length, 2, kind);
    assert.equal(world.target.entries.length, 2);
  }
});

test('the target is asked through the connector version with which it was sent', async () => {
  const { world, scope } = await started('askable', { retry: { maxAttempts: 2 } });
  world.target.faults.push({ kind: 'cut', when: 'after' });
  world.target.gate = async () => {
    world.target.gate = null;
    world.publish('Connector', 'erp', { resources: { free: { access: 'write', policies: ['free'] } } });
    world.clock.advance(86_400_000);
  };
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 1);
  assert.deepEqual(new Set(world.target.asked), new Set([1]));
  const told = world.events.filter(({ name }) => name === 'effect.confirmed').map(({ attributes }) => attributes);
  assert.equal((told[0] as { reconciled?: boolean }).reconciled, true);
});

test('each request carries the record keys of its own records', async () => {
  const records = ['a', 'b', 'c'].map((id) => ({ id }));
  const { world, scope } = await started('honours', { records, recordKey: '{{ item.id }}' });
  world.target.batchMax = 2;
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.deepEqual(
    world.target.entries.map(({ recordKeys }) => recordKeys),
    [['a', 'b'], ['c']],
  );
});

test('a write of nothing claims no key, asks nobody and succeeds', async () => {
  const { world, scope } = await started('honours', { records: [], effectKey: 'same' });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.claims.standing.size, 0);
  assert.equal(world.target.received.length, 0);
});

test('E8: the seventh of twelve batches fails: six are written, a retry writes the other six, and none twice', async () => {
  const records = Array.from({ length: 12 }, (_, at) => ({ id: `r${at}` }));
  for (const kind of ['honours', 'askable', 'neither'] as const) {
    const { world, scope } = await started(kind, { records, retry: { maxAttempts: 1 } });
    world.target.batchMax = 1;
    const fine = Array.from({ length: 6 }, () => ({ kind: 'refuse-one', index: 99 }) as const);
    world.target.faults.push(...fine, { kind: 'refuse', retryable: false });
    const failed = await world.drive(scope);
    assert.equal(failed.cause?.code, 'OUTSIDE_REFUSED');
    assert.deepEqual(
      world.runs.all('effect').map(({ batch, state }) => [batch, state]),
      [...[0, 1, 2, 3, 4, 5].map((batch) => [batch, 'confirmed']), [6, 'refused']],
    );
    await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: operator });
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED', kind);
    const bodies = world.target.entries.map(({ body }) => (body as { id: string }[])[0]!.id);
    assert.deepEqual(bodies.toSorted(), records.map(({ id }) => id).toSorted());
    assert.deepEqual(
      world.runs.all('effect').map(({ epoch }) => epoch),
      [1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1],
    );
    const listed = await listEffects(world.deps, scope);
    assert.deepEqual(
      listed.map(({ batch }) => batch),
      records.map((_, at) => at),
    );
  }
});
