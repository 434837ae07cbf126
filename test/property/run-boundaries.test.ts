/** Every control of a run, fired at every commit boundary of it: it is refused or it holds, and the run ends either way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun, type Control } from '../../src/app/control-run.ts';
import { Problem } from '../../src/contract/problems.ts';
import { isEndState } from '../../src/domain/run/head.ts';
import { asksPeople, fails, failsFirst, fakeVerbs, takes } from '../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import { planOf } from '../support/simulation/plans.ts';
import { PERSON, World } from '../support/simulation/world.ts';

const plan = planOf([
  { id: 'a', verb: 'FETCH' },
  { id: 'slow', after: ['a'], verb: 'FETCH' },
  { id: 'again', after: ['a'], verb: 'FETCH' },
  { id: 'policy', after: ['a'], verb: 'GOVERN' },
  { id: 'post', after: ['policy', 'slow'], verb: 'PUSH', governedById: 'policy' },
  { id: 'bad', after: ['again'], onError: 'continue' },
  { id: 'mend', handlerOf: 'bad' },
  { id: 'tidy', list: 'FINALLY', verb: 'FETCH' },
]);
const GOVERN = 4;

/** Fires once the chain has `boundary` records; whether it was accepted, and how the run ended. */
async function fire(
  control: Control,
  boundary: number,
): Promise<{ readonly accepted: boolean; readonly world: World }> {
  const parts = { slow: takes(30_000), again: failsFirst(2), policy: asksPeople(), bad: fails() };
  const world: World = new World({ plan, verbs: fakeVerbs(parts), straightOnMs: 0, processes: 2 });
  const scope = await world.start('one');
  const { audit } = world.partition(scope);
  const decide = (): void => {
    void world.decide(scope, GOVERN, 'APPROVED');
    world.scheduler.after(7_000, decide);
  };
  world.scheduler.after(7_000, decide);
  await world.until(() => audit.length >= boundary || isEndState(world.head(scope).state));
  let accepted: boolean | null = null;
  controlRun(world.deps, { scope, control, by: PERSON }).then(
    () => (accepted = true),
    (error: unknown) => {
      assert.ok(error instanceof Problem && error.code === 'CONFLICT', String(error));
      accepted = false;
    },
  );
  await world.until(() => accepted !== null);
  if (control.kind === 'pause' && accepted) await resumeLater(world, scope);
  await world.finish([scope]);
  checkEnded(world.head(scope));
  checkRun(plan, world.partition(scope));
  return { accepted: accepted === true, world };
}

/** A paused run comes to rest and stays there, however long nobody resumes it. */
async function resumeLater(world: World, scope: Parameters<World['head']>[0]): Promise<void> {
  await world.until(() => world.head(scope).rows.every((row) => row.state !== 'RUNNING'));
  if (world.isEnded(scope)) return; // it was paused while `$end` ran
  const { length } = world.partition(scope).audit;
  const later = world.scheduler.ms + 3_600_000;
  await world.until(() => world.scheduler.ms >= later, 7_200_000);
  const since = world.partition(scope).audit.slice(length);
  assert.ok(
    since.every(({ event }) => event.type === 'DECIDED'),
    'something moved in a paused run',
  );
  await controlRun(world.deps, { scope, control: { kind: 'resume' }, by: PERSON });
}

async function commitsOfCleanRun(): Promise<number> {
  const { world } = await fire({ kind: 'resume' }, 1);
  return [...world.data.partitions.values()][0]?.audit.length ?? 0;
}

const controls: readonly Control[] = [
  { kind: 'cancel' },
  { kind: 'terminate' },
  { kind: 'pause' },
  { kind: 'retry' },
  { kind: 'retry-step', step: 'a' },
  { kind: 'retry-step', step: 'again' },
];

for (const control of controls) {
  const name = control.kind === 'retry-step' ? `${control.kind} ${control.step}` : control.kind;
  test(`${name} at every commit boundary`, async () => {
    const most = await commitsOfCleanRun();
    assert.ok(most > 15);
    let accepted = 0;
    for (let boundary = 1; boundary <= most; boundary++) {
      const fired = await fire(control, boundary);
      if (!fired.accepted) continue;
      accepted += 1;
      const head = [...fired.world.data.partitions.values()][0]?.head;
      if (control.kind === 'cancel' || control.kind === 'terminate') assert.equal(head?.state, 'CANCELLED');
      else assert.equal(head?.state, 'SUCCEEDED');
      if (control.kind === 'cancel' && head?.startedAt !== null) assert.equal(head?.rows[8]?.state, 'SUCCEEDED');
    }
    assert.ok(accepted > 0, 'it was never accepted');
  });
}

test('a cancel aborts what runs, and the aborted step is CANCELLED', async () => {
  const { world } = await fire({ kind: 'cancel' }, 5);
  const head = [...world.data.partitions.values()][0]?.head;
  assert.equal(head?.rows[2]?.state, 'CANCELLED');
  assert.ok(
    Date.parse(head?.endedAt ?? '') - Date.parse(head?.startedAt ?? '') < 10_000,
    'it waited for the slow step',
  );
});
