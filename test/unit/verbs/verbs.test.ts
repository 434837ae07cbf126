/** The reading and the internal verbs: what they give, and how they refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ALLOW, publishSamples } from './samples.ts';
import { makeWorld, type World } from './world.ts';

interface Ran {
  readonly world: World;
  readonly state: string;
  readonly code: string | null;
  readonly output: unknown;
}

async function run(
  step: JsonObject,
  prepare: (world: World) => void = () => undefined,
  input: JsonObject = {},
): Promise<Ran> {
  const world = makeWorld();
  publishSamples(world, ALLOW);
  prepare(world);
  world.publish('Workflow', 'one', { id: 'one', steps: [{ id: 'step', ...step }] });
  const scope = await world.start('one', input);
  const head = await world.drive(scope);
  return { world, state: head.state, code: head.rows[1]?.errorCode ?? null, output: await world.output(scope, 1) };
}

const fetchRows = { verb: 'FETCH', connector: 'erp', resource: 'rows' };

test('FETCH gives the list of records', async () => {
  const { output } = await run(fetchRows);
  assert.equal((output as unknown[]).length, 2);
});

test('FETCH without a limit fails on more than 10,000 records and says so; a limit of the author cuts the list', async () => {
  const many = (count: number) => (world: World) => {
    world.target.records = Array.from({ length: count }, (_, at) => ({ id: String(at) }));
  };
  const failed = await run(fetchRows, many(10_001));
  assert.equal(failed.code, 'OUTSIDE_TOO_LARGE');
  assert.match((failed.output as { detail: string }).detail, /erp\/rows has more than 10000 records: name a `limit`/);
  const counts = [
    await run(fetchRows, many(10_000)),
    await run({ ...fetchRows, limit: 10_000 }, many(10_001)),
    await run({ ...fetchRows, limit: 3 }, many(10_001)),
    await run({ ...fetchRows, limit: 10_001 }, many(10_001)),
  ].map(({ output }) => (output as unknown[]).length);
  assert.deepEqual(counts, [10_000, 10_000, 3, 10_001]);
});

test('read verbs do not reach write resources, nor resources and connectors that do not exist', async () => {
  assert.equal((await run({ ...fetchRows, resource: 'entries' })).code, 'READ_WRITE_MISMATCH');
  assert.equal((await run({ ...fetchRows, resource: 'nope' })).code, 'RESOURCE_UNKNOWN');
  assert.equal((await run({ ...fetchRows, connector: 'nope' })).code, 'CONNECTOR_UNKNOWN');
});

test('write verbs do not reach read resources, nor modes that are not declared', async () => {
  const push = { verb: 'PUSH', connector: 'erp', records: [{ id: 'a' }] };
  assert.equal((await run({ ...push, resource: 'rows' })).code, 'READ_WRITE_MISMATCH');
  assert.equal((await run({ ...push, resource: 'free', mode: 'delete' })).code, 'READ_WRITE_MISMATCH');
});

test('LOOKUP gives one record, null where that is allowed, or NOT_FOUND', async () => {
  const lookup = { verb: 'LOOKUP', connector: 'erp', resource: 'rows' };
  assert.equal(((await run({ ...lookup, key: 'b' })).output as JsonObject)['name'], 'Bob');
  assert.equal((await run({ ...lookup, key: 'z' })).code, 'NOT_FOUND');
  const missing = await run({ ...lookup, key: 'z', missing: 'null' });
  assert.equal(missing.state, 'SUCCEEDED');
  assert.equal(missing.output, null);
});

const withObject = (world: World): void =>
  world.publish('BusinessObject', 'Row', {
    schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, cents: { type: 'integer' } } },
  });
const items = { items: [{ id: 'a', cents: 1 }, { id: 'b', cents: 'x' }, { cents: 3 }] };
const mapped = {
  verb: 'TRANSFORM',
  from: '{{ input.items }}',
  map: { id: '{{ item.id }}', cents: '{{ item.cents }}' },
  to: 'Row',
};

test('TRANSFORM maps each item and checks it: fail, drop or collect', async () => {
  const failed = await run(mapped, withObject, items);
  assert.equal(failed.code, 'INVALID_RECORD');
  assert.deepEqual((await run({ ...mapped, invalid: 'drop' }, withObject, items)).output, [{ id: 'a', cents: 1 }]);
  const collected = (await run({ ...mapped, invalid: 'collect' }, withObject, items)).output as {
    valid: unknown[];
    invalid: { index: number; record: unknown; problems: { pointer: string }[] }[];
  };
  assert.equal(collected.valid.length, 1);
  assert.deepEqual(
    collected.invalid.map((each) => [each.index, each.problems[0]?.pointer]),
    [
      [1, '/cents'],
      [2, '/id'],
    ],
  );
});

test('TRANSFORM of a whole value: one record, or a list of them', async () => {
  const whole = { verb: 'TRANSFORM', map: { id: '{{ input.id }}' }, to: 'Row' };
  assert.deepEqual((await run(whole, withObject, { id: 'a' })).output, { id: 'a' });
  assert.equal((await run(whole, withObject, {})).code, 'INVALID_RECORD');
  assert.equal((await run({ verb: 'TRANSFORM', map: '{{ input.missing }}' })).code, 'EXPRESSION_UNDEFINED');
});

test('the error of an invalid record names places, never values', async () => {
  const { world } = await run(mapped, withObject, { items: [{ id: 'secret-id', cents: 'secret-cents' }] });
  const errors = world.runs.all('result').map((result) => JSON.stringify(world.vault.peek(result.value)));
  assert.equal(errors.length, 1);
  assert.doesNotMatch(errors.join(), /secret/);
});

test('LOGIC_GATE takes the first branch that holds, the else, or none; an error is no answer', async () => {
  const gate = async (branches: JsonObject, input: JsonObject): Promise<Ran & { ran: string[] }> => {
    const world = makeWorld();
    publishSamples(world, ALLOW);
    const leaf = (id: string): JsonObject => ({ id, verb: 'TRANSFORM', map: { id } });
    world.publish('Workflow', 'gate', {
      id: 'gate',
      steps: [{ id: 'gate', verb: 'LOGIC_GATE', ...branches }, leaf('a'), leaf('b'), leaf('c')],
    });
    const scope = await world.start('gate', input);
    const head = await world.drive(scope);
    const ran = head.rows.filter((row) => row.state === 'SUCCEEDED' && 'abc'.includes(row.id)).map((row) => row.id);
    return {
      world,
      state: head.state,
      code: head.rows[1]?.errorCode ?? null,
      output: await world.output(scope, 1),
      ran,
    };
  };
  const branches = {
    switch: [
      { if: 'input.n > 10', then: ['a'] },
      { if: 'input.n > 5', then: ['b'] },
    ],
    else: ['c'],
  };
  assert.deepEqual((await gate(branches, { n: 11 })).ran, ['a']);
  assert.deepEqual((await gate(branches, { n: 6 })).ran, ['b']);
  assert.deepEqual((await gate(branches, { n: 1 })).ran, ['c']);
  const unclear = await gate(branches, {});
  assert.equal(unclear.code, 'CONDITION_ERROR');
  assert.deepEqual(unclear.ran, []);
  const none = await gate({ if: 'input.n > 5', then: ['a', 'b', 'c'] }, { n: 1 });
  assert.deepEqual(none.ran, []);
  assert.equal(none.state, 'SUCCEEDED');
});

test('EXECUTE gives a command once and answers what the system said', async () => {
  const { world, output } = await run({
    verb: 'EXECUTE',
    connector: 'erp',
    command: 'notify',
    arguments: { to: 'ops' },
  });
  assert.deepEqual(output, { id: 'entry-0' });
  assert.deepEqual(
    world.target.entries.map((entry) => entry.body),
    [{ to: 'ops' }],
  );
});

test('two records under one recordKey are refused before anything is sent', async () => {
  const push = {
    verb: 'PUSH',
    connector: 'erp',
    resource: 'free',
    records: '{{ input.items }}',
    recordKey: '{{ item.k }}',
  };
  for (const keys of [[{ k: 'a' }, { k: 'a' }], [{ k: 'a' }, { k: '' }], [{ k: { a: 1 } }]]) {
    const { code, world } = await run(push, undefined, { items: keys });
    assert.equal(code, 'INVALID_RECORD');
    assert.equal(world.target.received.length, 0);
  }
});

test('nothing to write is written as nothing: no request, a result of zero', async () => {
  const { output, world } = await run({ verb: 'PUSH', connector: 'erp', resource: 'free', records: [] });
  assert.deepEqual(output, { confirmed: 0, refused: [], receipts: [] });
  assert.equal(world.target.received.length, 0);
});
