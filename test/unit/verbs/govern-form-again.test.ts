/** Form values and whatever comes between: what is taken back, asked again, repeated, cancelled or forged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workTurn } from '../../../src/activities/turn.ts';
import { VERBS } from '../../../src/activities/verbs.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { candidateOfLink, readApproval } from '../../../src/app/read-approval.ts';
import { contentPlace } from '../../../src/domain/governance/notice.ts';
import { principalId } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { seeded } from '../../support/seeded.ts';
import { asked, contentOf, GOVERN, POST, QUORUM, said, takeBack, VALUES, vote } from './form-world.ts';
import { ASK } from './samples.ts';
import { TENANT, type World } from './world.ts';

test('withdrawn before anything is written: it is asked again, and the old values are gone', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
  await world.drive(scope);
  const again = world.request(scope, GOVERN)!;
  assert.deepEqual([again.state, again.revision, again.values], ['OPEN', 3, 'asked']);
  assert.equal(contentOf(world, again).values, null);
  assert.equal((await vote(world, scope, 'second')).kind, 'invalid');
  assert.equal((await vote(world, scope, 'second', { values: { note: 'fresh', days: 1 } })).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), { note: 'fresh', days: 1 });
});

/** The GOVERN takes its decision and hands its values on; the write has not begun. */
async function handOn(world: World): Promise<void> {
  const { lane, turn } = world.queue.shift()!;
  const out = await workTurn(world.deps, VERBS, { ...turn, lane }, { straightOnMs: 0 });
  assert.equal(out.next?.step, POST);
  world.queue.push({ lane, turn: out.next });
}

test('what is asked again under the write shows the values that were handed on, and takes no others', async () => {
  for (const cause of ['withdrawn', 'expired'] as const) {
    const { world, scope } = await asked();
    await vote(world, scope, 'approver', { values: VALUES });
    await handOn(world);
    if (cause === 'withdrawn') await takeBack(world, scope, 'approver');
    else world.clock.advance(86_400_000);
    assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED', cause);
    const again = world.request(scope, POST)!;
    assert.deepEqual([again.state, again.values, contentOf(world, again).values], ['OPEN', 'given', VALUES]);
    const reader = await candidateOfLink(world.deps, TENANT, 'second');
    const view = await readApproval(world.deps, scope, POST, reader!, { offset: 0, limit: 10 });
    assert.deepEqual(view?.content?.values, VALUES);
    assert.equal((await vote(world, scope, 'second', { values: { note: 'other', days: 1 } }, POST)).kind, 'invalid');
    assert.equal((await vote(world, scope, 'second', {}, POST)).kind, 'recorded');
    assert.equal((await takeBack(world, scope, 'second', POST)).kind, 'withdrawn');
    assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED');
    assert.deepEqual(contentOf(world, world.request(scope, POST)!).values, VALUES);
    assert.equal((await vote(world, scope, 'third', {}, POST)).kind, 'recorded');
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
    assert.deepEqual(await said(world, scope), VALUES);
    assert.equal(world.target.entries.length, 1);
  }
});

test('a GOVERN that is repeated while its approval holds keeps the values; over other content it asks for new ones', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  const again = async (step: string) => {
    await controlRun(world.deps, { scope, control: { kind: 'retry-step', step }, by: principalId('operator') });
    return world.drive(scope);
  };
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await again('policy')).state, 'FAILED');
  assert.equal(world.request(scope, GOVERN)?.revision, 2);
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['values'], VALUES);
  world.target.records = [{ id: 'c', cents: 1 }];
  assert.equal((await again('rows')).state, 'SUSPENDED', JSON.stringify(world.events));
  const request = world.request(scope, GOVERN)!;
  assert.deepEqual([request.revision, request.values, contentOf(world, request).values], [3, 'asked', null]);
});

test('two people: when nobody stands behind the values any more, the next one brings their own', async () => {
  const { world, scope } = await asked(QUORUM);
  await vote(world, scope, 'approver', { values: VALUES });
  const taken = await takeBack(world, scope, 'approver');
  assert(taken.kind === 'withdrawn' && taken.receipt.state === 'OPEN');
  const open = world.request(scope, GOVERN)!;
  assert.deepEqual([open.revision, open.values, contentOf(world, open).values], [3, 'asked', null]);
  assert.equal((await vote(world, scope, 'second')).kind, 'invalid');
  assert.equal((await vote(world, scope, 'second', { values: { note: 'mine', days: 2 } })).kind, 'recorded');
  const back = await takeBack(world, scope, 'third');
  assert.equal(back.kind, 'nothing');
  assert.equal((await vote(world, scope, 'approver')).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), { note: 'mine', days: 2 });
});

test('P3: answers, withdrawals and a cancellation in any order: what is used is what stands approved, or nothing is', async () => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    const { world, scope } = await asked(random.below(2) === 0 ? ASK : QUORUM);
    const cast = async (by: string): Promise<void> => {
      const { values } = world.request(scope, GOVERN)!;
      const mine = { note: `${by} ${random.below(3)}`, days: 1 + random.below(3) };
      await vote(world, scope, by, random.below(4) === 0 || values === 'asked' ? { values: mine } : {});
    };
    const acts: (() => Promise<unknown>)[] = Array.from({ length: 6 }, () => {
      const by = random.pick(['approver', 'second', 'third'] as const);
      const act = random.below(20);
      if (act < 13) return () => cast(by);
      if (act < 17) return () => takeBack(world, scope, by);
      if (act < 19) return () => world.drive(scope);
      return () =>
        controlRun(world.deps, { scope, control: { kind: 'cancel' }, by: principalId('operator') }).catch(() => null);
    });
    for (let at = 0; at < acts.length; at += 2) await Promise.all(acts.slice(at, at + 2).map((act) => act()));
    const head = await world.drive(scope);
    ends.add(head.state);
    const request = world.request(scope, GOVERN)!;
    if (head.state !== 'SUCCEEDED') {
      assert.equal(world.target.entries.length, 0, `seed ${seed}`);
      continue;
    }
    const content = contentOf(world, request);
    assert.deepEqual(await said(world, scope), content.values, `seed ${seed}`);
    const standing = request.decisions.filter((each) => each.digest === request.digest && each.withdrawn === null);
    assert.ok(standing.length >= request.quorum, `seed ${seed}`);
    assert.equal(world.target.entries.length, 1, `seed ${seed}`);
  }
  assert.deepEqual([...ends].sort(), ['CANCELLED', 'SUCCEEDED', 'SUSPENDED']);
});

test('P3: values put in place of the approved ones are not handed on', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  const request = world.request(scope, GOVERN)!;
  const place = contentPlace(scope, GOVERN, request.revision, request.attempt);
  const forged = { ...contentOf(world, request), values: { note: 'forged', days: 1 } };
  world.runs.replace(scope, { ...request, content: world.vault.sealNow(place, forged as unknown as JsonObject) });
  const head = await world.drive(scope);
  assert.equal(head.rows[GOVERN]?.errorCode, 'UNGOVERNED_EFFECT');
  assert.equal(world.target.entries.length, 0);
});

test('a check that governs nothing can be taken back until the workflow has gone on with it', async () => {
  const { world, scope } = await asked(ASK, {}, { subject: { visitor: 'Ann' } });
  await vote(world, scope, 'approver', { values: VALUES });
  const taken = await takeBack(world, scope, 'approver');
  assert(taken.kind === 'withdrawn' && taken.receipt.state === 'VOID');
  await world.drive(scope);
  await vote(world, scope, 'second', { values: VALUES });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.equal((await takeBack(world, scope, 'second')).kind, 'too-late');
  assert.equal(world.request(scope, GOVERN)?.state, 'APPROVED');
});
