/**
 * One small run with everything in it, and one thing lost at a time, then two: answers of commits, answers of activities,
 * starts of lanes, bells. Whatever is lost, the run ends as it would have, and every step is committed once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksPeople, failsFirst, fakeVerbs } from '../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import { planOf } from '../support/simulation/plans.ts';
import { World } from '../support/simulation/world.ts';

const plan = planOf([
  { id: 'a', verb: 'FETCH' },
  { id: 'b', after: ['a'], verb: 'FETCH' },
  { id: 'policy', after: ['a'], verb: 'GOVERN' },
  { id: 'post', after: ['policy', 'b'], verb: 'PUSH', governedById: 'policy' },
  { id: 'tidy', list: 'FINALLY' },
]);

type Kind = 'commit' | 'delivery' | 'start' | 'ring' | 'replay' | 'still' | 'stale';
const KINDS: readonly Kind[] = ['commit', 'delivery', 'start', 'ring', 'replay', 'still', 'stale'];
interface Loss {
  readonly kind: Kind;
  readonly at: number;
}

/** Runs the plan with these losses; returns how often each kind could have been lost. */
async function run(losses: readonly Loss[]): Promise<ReadonlyMap<Kind, number>> {
  const counts = new Map<Kind, number>();
  const hit = (kind: Kind): boolean => {
    const at = counts.get(kind) ?? 0;
    counts.set(kind, at + 1);
    return losses.some((loss) => loss.kind === kind && loss.at === at);
  };
  const world: World = new World({
    plan,
    verbs: fakeVerbs({ policy: asksPeople(), b: failsFirst(1) }),
    processes: 2,
    straightOnMs: 0,
    sweepEveryMs: 5_000,
    store: {
      latency: () => Promise.resolve(),
      losesAnswer: () => hit('commit'),
      readsStale: () => hit('stale'),
    },
    hub: {
      delay: () => 20,
      losesStart: () => hit('start'),
      losesRing: () => hit('ring'),
      failsReplay: () => hit('replay'),
      standsStill: () => hit('still'),
      losesDelivery: () => hit('delivery'),
    },
  });
  const scope = await world.start('one');
  const asks = (): boolean => world.head(scope).rows[3]?.state === 'SUSPENDED' && !world.head(scope).rows[3]?.decided;
  while (!world.isEnded(scope)) {
    await world.until(() => world.isEnded(scope) || asks());
    let answered = false;
    world.decide(scope, 3, 'APPROVED').then(
      () => (answered = true),
      () => (answered = true), // the answer was lost: the person looks again
    );
    await world.until(() => answered);
  }
  checkEnded(world.head(scope));
  checkRun(plan, world.partition(scope));
  assert.equal(world.head(scope).state, 'SUCCEEDED');
  assert.deepEqual(
    world.head(scope).rows.map((row) => row.state),
    Array.from({ length: 7 }, () => 'SUCCEEDED'),
  );
  return counts;
}

test('nothing lost: what can be lost', async () => {
  const counts = await run([]);
  for (const kind of KINDS) assert.ok((counts.get(kind) ?? 0) > 0, `${kind} never happens`);
});

for (const kind of KINDS) {
  test(`P7: any one ${kind} lost`, async () => {
    const most = (await run([])).get(kind) ?? 0;
    for (let at = 0; at < most; at++) await run([{ kind, at }]);
  });
}

for (const [index, first] of KINDS.entries()) {
  test(`P7: any ${first} lost together with any other loss`, async () => {
    const counts = await run([]);
    const places = (kind: Kind): readonly Loss[] =>
      Array.from({ length: counts.get(kind) ?? 0 }, (_, at) => ({ kind, at }));
    for (const loss of places(first)) {
      for (const second of KINDS.slice(index)) {
        for (const other of places(second)) {
          if (other.kind !== loss.kind || other.at > loss.at) await run([loss, other]);
        }
      }
    }
  });
}
