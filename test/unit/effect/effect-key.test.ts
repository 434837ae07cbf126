/** One effect per key: whatever run comes with it, in whatever order, and whoever dies on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERBS } from '../../../src/activities/verbs.ts';
import { workTurn } from '../../../src/activities/turn.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { resolveEffect } from '../../../src/app/resolve-effect.ts';
import { EFFECT_KEY_KEPT_MS, isGivenUp, readHolder } from '../../../src/domain/effect/claim.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { publishSamples } from '../verbs/samples.ts';
import { Crash, makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const SECRET = 'DE89370400440532013000';
const INPUT = { key: SECRET, records: [{ id: 'a' }] };

function keyed(more: JsonObject = {}, workflow: JsonObject = {}): World {
  const world = makeWorld();
  publishSamples(world);
  const records = '{{ input.records }}';
  const effectKey = 'effectKey' in workflow ? {} : { effectKey: '{{ input.key }}' };
  const post = { id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records, ...effectKey, ...more };
  world.publish('Workflow', 'write', { id: 'write', ...workflow, steps: [post] });
  return world;
}
async function run(world: World, input: JsonObject = INPUT): Promise<{ scope: RunScope; code: string | null }> {
  const scope = await world.start('write', input);
  const head = await world.drive(scope);
  return { scope, code: head.state === 'SUCCEEDED' ? null : (head.rows[POST]?.errorCode ?? head.state) };
}
const retry = (world: World, scope: RunScope) =>
  controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
async function errorOf(world: World, scope: RunScope): Promise<{ code: string; detail: string }> {
  return (await world.output(scope, POST)) as { code: string; detail: string };
}

test('a second run with the same key sends nothing, and its sealed error names the first', async () => {
  const world = keyed();
  const first = await run(world);
  const second = await run(world);
  assert.deepEqual([first.code, second.code], [null, 'EFFECT_EXISTS']);
  assert.equal(world.target.received.length, 1);
  assert((await errorOf(world, second.scope)).detail.includes(first.scope.run));
  assert.equal((await run(world, { ...INPUT, key: 'another' })).code, null);
});

test('what is kept of a key is a keyed digest, for 400 days', async () => {
  const world = keyed();
  await run(world);
  const kept = JSON.stringify([...world.claims.standing]);
  assert(!kept.includes(SECRET));
  world.clock.advance(EFFECT_KEY_KEPT_MS - 86_400_000);
  assert.equal((await run(world)).code, 'EFFECT_EXISTS');
  world.clock.advance(2 * 86_400_000);
  assert.equal((await run(world)).code, null);
});

test("the workflow's key holds for each of its steps apart, a step's own for its connector", async () => {
  const step = (id: string, more: JsonObject = {}): JsonObject => ({
    id,
    verb: 'EXECUTE',
    connector: 'erp',
    command: 'notify',
    arguments: { text: 'x' },
    ...more,
  });
  const world = keyed();
  world.publish('Workflow', 'two', { id: 'two', effectKey: '{{ input.key }}', steps: [step('one'), step('other')] });
  const first = await world.start('two', INPUT);
  assert.equal((await world.drive(first)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 2);
  const again = await world.start('two', INPUT);
  assert.equal((await world.drive(again)).rows[1]?.errorCode, 'EFFECT_EXISTS');
  const own = { effectKey: 'same' };
  world.publish('Workflow', 'both', { id: 'both', steps: [step('one', own), step('other', own)] });
  const both = await world.start('both', INPUT);
  const head = await world.drive(both);
  assert.deepEqual([head.rows[1]?.state, head.rows[2]?.errorCode], ['SUCCEEDED', 'EFFECT_EXISTS']);
});

test('a key without a value fails the step, and nothing is sent', async () => {
  for (const key of ['', null]) {
    const world = keyed();
    assert.equal((await run(world, { ...INPUT, key })).code, 'EXPRESSION_UNDEFINED');
    assert.equal(world.target.received.length, 0);
  }
});

test('the same step claims again: after a lost answer, a retry of the run, and a write in several batches', async () => {
  const world = keyed();
  world.target.batchMax = 1;
  world.target.faults.push({ kind: 'cut', when: 'after' });
  const scope = await world.start('write', { ...INPUT, records: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 3);
});

test('what was refused as a whole frees the key for the run that comes first', async () => {
  const world = keyed();
  world.target.faults.push({ kind: 'refuse', retryable: false });
  const refused = await run(world);
  assert.equal(refused.code, 'OUTSIDE_REFUSED');
  assert.equal((await run(world)).code, null);
  await retry(world, refused.scope);
  const head = await world.drive(refused.scope);
  assert.equal(head.rows[POST]?.errorCode, 'EFFECT_EXISTS', 'the first run has lost its claim');
  assert.equal(world.target.entries.length, 1);
});

test('the run that was refused may send corrected data itself, and holds the key again', async () => {
  const world = keyed();
  world.target.faults.push({ kind: 'refuse', retryable: false });
  const { scope } = await run(world);
  await retry(world, scope);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal((await run(world)).code, 'EFFECT_EXISTS');
  assert.equal(world.target.entries.length, 1);
});

test('a part that was written keeps the key, though the rest was refused', async () => {
  const world = keyed();
  world.target.batchMax = 1;
  const input = { ...INPUT, records: [{ id: 'a' }, { id: 'b' }] };
  world.target.faults.push({ kind: 'refuse-one', index: 99 }, { kind: 'refuse', retryable: false });
  const first = await run(world, input);
  assert.equal(first.code, 'OUTSIDE_REFUSED');
  assert.equal((await run(world, input)).code, 'EFFECT_EXISTS');
  await retry(world, first.scope);
  assert.equal((await world.drive(first.scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 2);
});

test('an outcome that nobody knows keeps the key until a person says that it did not happen', async () => {
  const world = keyed();
  world.target.kind = 'neither';
  world.target.faults.push({ kind: 'cut', when: 'before' });
  const { scope } = await run(world);
  assert.equal((await run(world)).code, 'EFFECT_EXISTS');
  const resolution = 'did-not-happen' as const;
  const statement = { effect: `effect~${POST}~0~0`, resolution, by: principalId('operator'), reason: 'looked' };
  assert.deepEqual(await resolveEffect(world.deps, scope, statement), { ok: true });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  assert.equal((await run(world)).code, null);
  assert.equal(world.target.entries.length, 1);
});

test('a run that died between its claim and its intent keeps the key while it lives, and gives it up at its end', async () => {
  const world = keyed();
  const first = await world.start('write', INPUT);
  const begin = world.queue.shift()!;
  const out = await workTurn(world.deps, VERBS, { ...begin.turn, lane: begin.lane }, { straightOnMs: 0 });
  world.claims.onClaim = async (when) => {
    if (when === 'after') throw new Crash('after the claim');
  };
  const turn = { ...out.next!, lane: begin.lane };
  await assert.rejects(workTurn(world.deps, VERBS, turn, { straightOnMs: 0 }), Crash);
  world.claims.onClaim = async () => undefined;
  assert.equal((await run(world)).code, 'EFFECT_EXISTS');
  await controlRun(world.deps, { scope: first, control: { kind: 'terminate' }, by: principalId('operator') });
  assert.equal((await run(world)).code, null);
  world.queue.push({ lane: begin.lane, turn: out.next! });
  await world.drive(first);
  assert.equal(world.target.entries.length, 1);
});

test('a claim whose answer was lost is found again by the same turn', async () => {
  const world = keyed();
  let lost = 0;
  world.claims.onClaim = async (when) => {
    if (when === 'after' && lost++ === 0) throw new Crash('after the claim');
  };
  const scope = await world.start('write', INPUT);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(lost, 2);
  assert.equal(world.target.entries.length, 1);
});

test('what cannot be told is not given up', () => {
  const holder = readHolder('run1~3~0~7');
  assert.deepEqual(holder, { run: 'run1', step: 3, record: 0, fence: 7 });
  assert.equal(readHolder('anything'), null);
  assert.equal(readHolder('run1~3~0~x'), null);
  assert(holder !== null);
  const row = { fence: 7, state: 'FAILED', openEffects: 0 } as const;
  assert.equal(isGivenUp(holder, row, [{ state: 'refused' }]), true);
  assert.equal(isGivenUp(holder, { ...row, state: 'RUNNING' }, []), false, 'its turn may be about to send');
  assert.equal(isGivenUp(holder, { ...row, state: 'RUNNING', fence: 8 }, []), true, 'that turn is over');
  assert.equal(isGivenUp(holder, { ...row, fence: 6 }, []), false, 'an older record');
  assert.equal(isGivenUp(holder, { ...row, openEffects: 1 }, []), false);
  assert.equal(isGivenUp(holder, { ...row, state: 'SUCCEEDED' }, []), false);
  for (const state of ['intended', 'unknown', 'confirmed'] as const)
    assert.equal(isGivenUp(holder, row, [{ state: 'refused' }, { state }]), false);
  assert.equal(isGivenUp(holder, undefined, []), false);
});
