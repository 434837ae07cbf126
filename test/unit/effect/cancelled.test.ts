/** E7: a cancel, a pause or a time limit in the middle of a write, at each kind of target: nothing more is sent, nothing is forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitRun } from '../../../src/app/commit-run.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { settleEffects } from '../../../src/app/resolve-effect-settle.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { EffectDocument } from '../../../src/domain/run/documents.ts';
import { publishSamples, publishWrite } from '../verbs/samples.ts';
import type { TargetKind } from '../verbs/fake-adapters.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const operator = principalId('operator');
const KINDS = ['honours', 'askable', 'neither'] as const;
const ENDS = ['cancel', 'terminate', 'time limit'] as const;
const CUTS = ['before', 'during', 'after', null] as const;

/** While the first of three requests is at the target the run is ended; then the connection is cut, or it answers. */
async function ended(kind: TargetKind, end: (typeof ENDS)[number], cut: (typeof CUTS)[number]) {
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = kind;
  world.target.batchMax = 1;
  const records = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  publishWrite(world, { records });
  const scope = await world.start('write');
  world.target.gate = async () => {
    world.target.gate = null;
    if (end === 'time limit') await commitRun(world.deps, scope, () => ({ event: { type: 'TIMED_OUT' } }));
    else await controlRun(world.deps, { scope, control: { kind: end }, by: operator });
  };
  if (cut === 'before') world.target.faults.push({ kind: 'refuse-one', index: 99 }, { kind: 'cut', when: 'before' });
  else if (cut !== null) world.target.faults.push({ kind: 'cut', when: cut });
  const head = await world.drive(scope);
  return { world, scope, head };
}
const effects = (world: World): readonly EffectDocument[] => world.runs.all('effect');

async function settledLater(world: World, scope: RunScope): Promise<void> {
  for (let looks = 0; looks < 10; looks++) {
    const row = (await world.runs.readHead(scope))!.head.rows[POST]!;
    if (row.due === null) return;
    world.clock.advance(Math.max(0, Date.parse(row.due) - Date.parse(world.clock.now())));
    await settleEffects(world.deps, scope, row);
  }
  assert.fail('it is looked at again and again');
}

for (const end of ENDS) {
  for (const kind of KINDS) {
    test(`P4 E7: ${end} in the middle of a write at a target of kind "${kind}"`, async () => {
      for (const cut of CUTS) {
        const { world, scope, head } = await ended(kind, end, cut);
        const what = `cut ${cut}: ${JSON.stringify(head.rows[POST])}`;
        assert.equal(head.state, end === 'time limit' ? 'FAILED' : 'CANCELLED', what);
        assert(world.target.received.length <= 1, `${what}: sent on after the end`);
        const open = effects(world).filter(({ state }) => state === 'intended' || state === 'unknown');
        assert.equal(head.rows[POST]?.openEffects, open.length, what);
        const sent = world.target.received.length;
        await settledLater(world, scope);
        assert.equal(world.target.received.length, sent, 'who settles only asks');
        const [first] = effects(world);
        const written = world.target.entries.length === 1;
        if (kind === 'askable') assert.equal(first?.state, written ? 'confirmed' : 'refused', what);
        if (first?.state === 'confirmed') assert(written, what);
        if (first?.state === 'refused') assert(!written, what);
      }
    });
  }
}

test('a pause lets the write that has begun finish, and nothing after it begins', async () => {
  const world = makeWorld();
  publishSamples(world);
  const write = (id: string) => ({ id, verb: 'PUSH', connector: 'erp', resource: 'free', records: [{ id }] });
  world.publish('Workflow', 'write', { id: 'write', steps: [write('one'), write('two')] });
  const scope = await world.start('write');
  world.target.gate = async () => {
    world.target.gate = null;
    await controlRun(world.deps, { scope, control: { kind: 'pause' }, by: operator });
  };
  const paused = await world.drive(scope);
  assert.deepEqual([paused.state, paused.rows[1]?.state, paused.rows[2]?.state], ['PAUSED', 'SUCCEEDED', 'PENDING']);
  assert.equal(world.target.entries.length, 1);
  await controlRun(world.deps, { scope, control: { kind: 'resume' }, by: operator });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 2);
});
