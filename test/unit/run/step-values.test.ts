/** What an expression may see, and what is opened for it: nothing that it does not name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step } from '../../../src/activities/step.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Action } from '../../../src/domain/workflow/plan.ts';
import type { Scope } from '../../../src/ports/expressions.ts';
import { asksPeople, fails, fakeVerbs, type Part } from '../../support/simulation/fake-verbs.ts';
import { planOf } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';

/** A part that keeps the scope it was given. */
function sees(kept: Record<string, Scope>): Part {
  return async (step: Step<Action>) => {
    kept[step.step.id] = await step.values();
    return { kind: 'succeeded', output: { from: step.step.id } };
  };
}
const at = (scope: Scope | undefined, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((found, key) => (found as Record<string, Json> | undefined)?.[key], scope);

test('outputs and metadata of the steps it reads, under their names; of no others', async () => {
  const kept: Record<string, Scope> = {};
  const plan = planOf([
    { id: 'first-one' },
    { id: 'other' },
    { id: 'last', after: ['first-one', 'other'], reads: [1] },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ last: sees(kept) }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  assert.deepEqual(at(kept.last, 'steps'), {
    first_one: { output: 'first-one', state: 'SUCCEEDED', reason: null, attempt: 1, error: { code: null } },
  });
});

test('the output of a step that failed or was skipped reads null', async () => {
  const kept: Record<string, Scope> = {};
  const plan = planOf([
    { id: 'bad', onError: 'continue' },
    { id: 'skipped', when: 'false' },
    { id: 'last', after: ['bad', 'skipped'], reads: [1, 2] },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ bad: fails(), last: sees(kept) }) });
  await world.finish([await world.start('one')]);
  assert.equal(at(kept.last, 'steps.bad.output'), null);
  assert.equal(at(kept.last, 'steps.bad.error.code'), 'OUTSIDE_REFUSED');
  assert.equal(at(kept.last, 'steps.skipped.reason'), 'CONDITION');
});

test('input, vars and `with`: opened only for a step that names them', async () => {
  const kept: Record<string, Scope> = {};
  const part = sees(kept);
  const plan = planOf(
    [{ id: 'names', with: { week: '{{ input.week }}', both: '{{ vars.twice }}' } }, { id: 'silent' }],
    { vars: { twice: '{{ input.week }}' } },
  );
  const world = new World({ plan, verbs: fakeVerbs({ names: part, silent: part }) });
  const scope = await world.start('one', { week: 'W47' });
  await world.finish([scope]);
  assert.deepEqual(kept.names?.with, { week: 'W47', both: 'W47' });
  assert.deepEqual(kept.names?.input, { week: 'W47' });
  assert.deepEqual([kept.silent?.input, kept.silent?.vars, kept.silent?.with], [{}, {}, {}]);
});

test('the clock stands still from the first attempt on; what is governed shares the clock of its GOVERN', async () => {
  const seen: Json[] = [];
  const look: Part = async (step) => {
    seen.push(at(await step.values(), 'run.now') as Json);
    return step.row.attempt < 3
      ? { kind: 'failed', code: 'OUTSIDE_UNAVAILABLE', detail: '' }
      : { kind: 'succeeded', output: 1 };
  };
  let governed: Json | undefined;
  const ask = asksPeople();
  const govern: Part = async (step) => {
    const target = step.plan.steps[1];
    assert.ok(target);
    governed = at(await step.valuesOf(target), 'run.now');
    return ask(step);
  };
  const plan = planOf([
    { id: 'policy', verb: 'GOVERN' },
    { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: govern, post: look }) });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUSPENDED');
  const later = world.scheduler.ms + 600_000;
  await world.until(() => world.scheduler.ms >= later);
  await world.decide(scope, 1, 'APPROVED');
  await world.finish([scope]);
  assert.equal(seen.length, 3);
  assert.deepEqual(new Set(seen), new Set([governed]));
});

test('handlers and `finally` see what failed, and how the run ends', async () => {
  const kept: Record<string, Scope> = {};
  const part = sees(kept);
  const plan = planOf([
    { id: 'bad', onError: 'fail' },
    { id: 'mend', handlerOf: 'bad' },
    { id: 'caught', list: 'ON_ERROR' },
    { id: 'always', list: 'FINALLY' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ bad: fails(), mend: part, caught: part, always: part }) });
  await world.finish([await world.start('one')]);
  const error = { code: 'OUTSIDE_REFUSED', step: 'bad' };
  for (const id of ['mend', 'caught', 'always']) assert.deepEqual(kept[id]?.error, error, id);
  assert.equal(at(kept.always, 'run.outcome'), 'FAILED');
});

test('`with` that has no value fails the step, not the turn', async () => {
  const kept: Record<string, Scope> = {};
  const plan = planOf([{ id: 'a', with: { x: '{{ input.missing }}' } }]);
  const world = new World({ plan, verbs: fakeVerbs({ a: sees(kept) }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  assert.equal(world.head(scope).rows[1]?.errorCode, 'EXPRESSION_UNDEFINED');
  assert.equal(world.faults.size, 0);
});
