/** P1: a run that was acknowledged is never lost; a start under one key is one run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRun, type StartRequest } from '../../../src/app/start-run.ts';
import { Problem } from '../../../src/contract/problems.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import { chain, planOf } from '../../support/simulation/plans.ts';
import { PERSON, TENANT, World, type WorldOptions } from '../../support/simulation/world.ts';

const request = (plan: Plan, change: Partial<StartRequest> = {}): StartRequest => ({
  tenant: TENANT,
  workflow: plan.workflow,
  version: null,
  input: {},
  startedBy: { id: PERSON, kind: 'user' },
  trigger: 'api',
  idempotencyKey: null,
  ...change,
});
const worldOf = (plan: Plan, options: Partial<WorldOptions> = {}): World => new World({ plan, ...options });

async function refused(world: World, change: Partial<StartRequest>): Promise<Problem> {
  const error = await startRun(world.deps, request(world.plan, change)).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Problem, String(error));
  assert.equal(world.data.partitions.size, 0, 'something was written');
  return error;
}

test('P1: head, input and first audit record are one create-only batch, whatever the graph', async () => {
  const world = worldOf(planOf(chain(500)));
  const { head, replay } = await startRun(world.deps, request(world.plan, { input: { week: '2026-W47' } }));
  const partition = world.partition({ tenant: TENANT, run: head.run });
  assert.equal(replay, false);
  assert.deepEqual(partition.batches, [3]);
  assert.equal(head.state, 'PENDING');
  assert.equal(head.rows.length, 502);
  assert.ok(partition.documents.get('input'));
});

test('the same key and body give the first run again; another body is refused', async () => {
  const world = worldOf(planOf(chain(1)));
  const first = await startRun(world.deps, request(world.plan, { idempotencyKey: 'k', input: { n: 1 } }));
  const again = await startRun(world.deps, request(world.plan, { idempotencyKey: 'k', input: { n: 1 } }));
  assert.equal(again.head.run, first.head.run);
  assert.equal(again.replay, true);
  assert.equal(world.data.partitions.size, 1);
  const other = request(world.plan, { idempotencyKey: 'k', input: { n: 2 } });
  await assert.rejects(startRun(world.deps, other), { code: 'IDEMPOTENCY_MISMATCH' });
});

test("another person's key is another key", async () => {
  const world = worldOf(planOf(chain(1)));
  const mine = await startRun(world.deps, request(world.plan, { idempotencyKey: 'k' }));
  const startedBy = { id: 'acme:other' as never, kind: 'user' } as const;
  const theirs = await startRun(world.deps, request(world.plan, { idempotencyKey: 'k', startedBy }));
  assert.notEqual(theirs.head.run, mine.head.run);
});

test('without a key every start is a run of its own', async () => {
  const world = worldOf(planOf(chain(1)));
  await startRun(world.deps, request(world.plan));
  await startRun(world.deps, request(world.plan));
  assert.equal(world.data.partitions.size, 2);
});

test('an input that does not fit is refused with its fields, and nothing is written', async () => {
  const input = {
    type: 'object',
    required: ['week'],
    properties: { week: { type: 'string' }, n: { type: 'integer' } },
  };
  const world = worldOf(planOf(chain(1), { input }));
  const problem = await refused(world, { input: { n: 'x' } });
  assert.equal(problem.code, 'INVALID_INPUT');
  assert.deepEqual(problem.errors.map((each) => each.code).sort(), ['required', 'type']);
});

test('a workflow whose trigger is a schedule is not started by a person', async () => {
  const world = worldOf(planOf(chain(1), { trigger: 'schedule' }));
  assert.equal((await refused(world, {})).code, 'CONFLICT');
});

test('vars that cannot be worked out refuse the start', async () => {
  const world = worldOf(planOf(chain(1), { vars: { week: '{{ input.week }}' } }));
  assert.equal((await refused(world, {})).code, 'INVALID_INPUT');
});

test('P1: the answer of the store is lost, the hub does not start the lane: the run is there and ends', async () => {
  let lost = 1;
  let unstarted = 2;
  const world = worldOf(planOf(chain(2)), {
    store: { losesAnswer: () => lost-- > 0 },
    hub: { losesStart: () => unstarted-- > 0 },
  });
  const scope = await world.start('k');
  await world.finish([scope]);
  assert.equal(world.data.partitions.size, 1);
  assert.equal(world.head(scope).state, 'SUCCEEDED');
});

test('a business key is kept as a keyed digest, in clear only when the definition says so', async () => {
  for (const clear of [false, true]) {
    const world = worldOf(planOf(chain(1), { businessKey: { value: '{{ input.iban }}', clear } }));
    const { head } = await startRun(world.deps, request(world.plan, { input: { iban: 'DE44' } }));
    assert.equal(head.businessKey === 'DE44', clear);
    if (!clear) assert.match(head.businessKey ?? '', /^[0-9a-f]{64}$/);
  }
});
