/** A write that failed tells what became of its records, however it failed: read from the ledger, sealed with its error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ALLOW, DENY, publishSamples, publishWrite } from '../verbs/samples.ts';
import type { Fault } from '../verbs/fake-adapters.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const RECORDS = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
const REFUSE: Fault = { kind: 'refuse', retryable: false };
const PASS: Fault = { kind: 'refuse-one', index: 99 };

function posting(more: JsonObject = {}): World {
  const world = makeWorld();
  publishSamples(world);
  world.target.batchMax = 2;
  publishWrite(world, more);
  return world;
}
async function told(world: World, scope: RunScope): Promise<[string, JsonObject | undefined]> {
  const { code, records } = (await world.output(scope, POST)) as { code: string; records?: JsonObject };
  return [code, records];
}
const shown = (records: JsonObject | undefined): unknown =>
  (records?.['outcomes'] as JsonObject[] | undefined)?.map(({ outcome, index, count, keys, reason }) => [
    outcome,
    index,
    count,
    ...(keys === undefined ? [] : [keys]),
    ...(reason === undefined ? [] : [reason]),
  ]);

test('the second of three requests is refused: the first stands, the third was never sent', async () => {
  const world = posting({ recordKey: '{{ item.id }}' });
  world.target.faults.push({ kind: 'refuse-one', index: 1 }, REFUSE);
  const scope = await world.start('write', { records: RECORDS });
  await world.drive(scope);
  const [code, records] = await told(world, scope);
  assert.equal(code, 'OUTSIDE_REFUSED');
  assert.deepEqual(shown(records), [
    ['refused', 1, 1, ['b'], 'bad record'],
    ['refused', 2, 2, ['c', 'd'], { said: 'no' }],
    ['confirmed', 0, 1, ['a']],
    ['unsent', 4, 1],
  ]);
});

test('without a record key it is told by request; a connection that was never made refuses', async () => {
  const world = posting({ retry: { maxAttempts: 1 } });
  world.target.faults.push(PASS, { kind: 'not-sent' });
  const scope = await world.start('write', { records: RECORDS });
  await world.drive(scope);
  const [code, records] = await told(world, scope);
  assert.equal(code, 'OUTSIDE_UNAVAILABLE');
  assert.deepEqual(shown(records), [
    ['refused', 2, 2],
    ['confirmed', 0, 2],
    ['unsent', 4, 1],
  ]);
});

test('an answer that is lost leaves its records unknown, also when the step is timed out', async () => {
  const world = posting({ timeout: 60_000, retry: { maxAttempts: 1 } });
  world.target.faults.push(PASS, { kind: 'cut', when: 'after' }, { kind: 'cut', when: 'after' });
  world.target.gate = async () => {
    if (world.target.received.length === 2) world.clock.advance(61_000);
  };
  const scope = await world.start('write', { records: RECORDS });
  await world.drive(scope);
  const [code, records] = await told(world, scope);
  assert.equal(code, 'STEP_TIMEOUT');
  assert.deepEqual(shown(records), [
    ['unknown', 2, 2],
    ['confirmed', 0, 2],
    ['unsent', 4, 1],
  ]);
});

test('a retry that a policy denies still tells what the attempts before it have written', async () => {
  const world = posting();
  world.publish('Policy', 'free', ALLOW);
  world.target.faults.push(PASS, REFUSE);
  const scope = await world.start('write', { records: RECORDS });
  await world.drive(scope);
  world.publish('Policy', 'free', DENY);
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
  await world.drive(scope);
  const [code, records] = await told(world, scope);
  assert.deepEqual(
    [code, records?.['confirmed'], records?.['refused'], records?.['unsent']],
    ['GOVERN_DENIED', 2, 2, null],
  );
});

test('an output that `returns` refuses: all was written, all is recorded, nothing is in doubt', async () => {
  const world = posting({ returns: { type: 'string' } });
  const scope = await world.start('write', { records: RECORDS });
  const head = await world.drive(scope);
  const [code, records] = await told(world, scope);
  assert.deepEqual([code, records?.['confirmed'], records?.['unknown']], ['RETURNS_MISMATCH', 5, 0]);
  assert.equal(head.rows[POST]?.openEffects, 0);
});

test('a command tells as one record; a step that sent nothing tells nothing', async () => {
  const world = posting();
  const step = { id: 'post', verb: 'EXECUTE', connector: 'erp', command: 'notify', arguments: { to: 'a' } };
  world.publish('Workflow', 'write', { id: 'write', steps: [step] });
  world.target.faults.push(REFUSE);
  const scope = await world.start('write');
  await world.drive(scope);
  assert.deepEqual(shown((await told(world, scope))[1]), [['refused', 0, 1, { said: 'no' }]]);

  const denied = posting();
  denied.publish('Policy', 'free', DENY);
  const second = await denied.start('write', { records: RECORDS });
  await denied.drive(second);
  assert.deepEqual(await told(denied, second), ['GOVERN_DENIED', undefined]);
});
