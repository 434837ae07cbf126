/** An approval as one person may see it, and who a person is: what is shown, to whom, and what is written down of it. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { decideApproval, linkHolds } from '../../../src/app/decide-approval.ts';
import { checkNonce, hashOf, isToken, makeNonce, newToken } from '../../../src/app/link-token.ts';
import { candidateOf, candidateOfLink, listApprovals, readApproval } from '../../../src/app/read-approval.ts';
import type { Candidate } from '../../../src/domain/governance/eligible.ts';
import { commentsPlace } from '../../../src/domain/governance/notice.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Principal } from '../../../src/ports/identity.ts';
import { instant, sampleRequest } from '../../support/run-samples.ts';
import { who } from '../verbs/govern-people.ts';
import { ASK, publishSamples } from '../verbs/samples.ts';
import { makeWorld, TENANT, type World } from '../verbs/world.ts';

const GOVERN = 2;
const ALL = { offset: 0, limit: 50 };

async function asked(change: JsonObject = {}, ...more: string[]): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  for (const id of more) world.people.push({ ...world.people[1]!, id: principalId(id) });
  const [deny, ask] = ASK['rules'] as readonly JsonObject[];
  publishSamples(world, { ...ASK, rules: [deny as JsonObject, { ...ask, ...change }] });
  const scope = await world.start('posting');
  await world.drive(scope);
  return { world, scope };
}
const vote = (world: World, scope: RunScope, by: Candidate, comment: string | null = 'seen') => {
  const { revision, digest } = world.request(scope, GOVERN)!;
  const cast = { decision: 'approve', revision, digest, comment, values: null, tokenHash: null } as const;
  return decideApproval(world.deps, scope, GOVERN, by, cast);
};
const viewed = (world: World): number => world.tenantEntries.filter(({ type }) => type === 'APPROVAL_VIEWED').length;

test('content is opened for those who may decide it, and each time written down before it is shown', async () => {
  const { world, scope } = await asked();
  const written = Promise.withResolvers<void>();
  const append = world.deps.tenantLog.append.bind(world.deps.tenantLog);
  world.deps.tenantLog.append = async (...entry) => {
    await written.promise;
    return append(...entry);
  };
  let shown = 0;
  const reading = readApproval(world.deps, scope, GOVERN, who('approver'), ALL).finally(() => (shown += 1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(shown, 0);
  written.resolve();
  const view = await reading;
  assert.deepEqual([view?.whyNot, view?.mayDecide, view?.content?.count, viewed(world)], [null, true, 2, 1]);
  assert.deepEqual(world.tenantEntries.at(-1)?.facts, {
    run: scope.run,
    request: 'request~2',
    revision: 1,
    assurance: 'signed-in',
  });
});

test('who may not decide sees the question and nothing of its content, and none is opened for them', async () => {
  const { world, scope } = await asked({ assurance: 'signed-in+mfa' });
  const others: readonly (readonly [Candidate, string])[] = [
    [who('boss', { roles: [], groups: [] }), 'NOT_ELIGIBLE'],
    [who('starter'), 'EXCLUDED'],
    [who('approver', { kind: 'app', assurance: 'signed-in+mfa' }), 'NOT_A_PERSON'],
    [who('approver', { assurance: 'signed-in' }), 'ASSURANCE_TOO_LOW'],
  ];
  const open = world.deps.vault.open.bind(world.deps.vault);
  let opened = 0;
  world.deps.vault.open = (...of) => ((opened += 1), open(...of));
  for (const [person, why] of others) {
    const view = await readApproval(world.deps, scope, GOVERN, person, ALL);
    assert.deepEqual([view?.whyNot, view?.mayDecide, view?.content], [why, false, null]);
  }
  assert.deepEqual([opened, viewed(world)], [0, 0]);
  const mayBe = await readApproval(world.deps, scope, GOVERN, who('approver', { assurance: 'signed-in+mfa' }), ALL);
  assert.deepEqual([mayBe?.mayDecide, viewed(world)], [true, 1]);
});

test('a demand that stands only in the sealed content keeps its content from whom it does not admit', async () => {
  const world = makeWorld();
  const rules = ['finance', 'board'].map((group) => ({
    id: group,
    if: 'true',
    then: 'require-approval',
    approvers: { users: ['second'], groups: [group] },
  }));
  publishSamples(world, { rules });
  world.people.push({ ...world.people[1]!, id: principalId('both'), groups: ['finance', 'board'] });
  const scope = await world.start('posting');
  await world.drive(scope);
  // The document in the clear is widened by hand; what the rules demand is sealed.
  const request = world.request(scope, GOVERN)!;
  world.runs.replace(scope, { ...request, eligible: { users: [], roles: ['approver'], groups: [] } });
  const view = await readApproval(world.deps, scope, GOVERN, who('approver'), ALL);
  assert.deepEqual([view?.whyNot, view?.mayDecide, view?.content], ['NOT_ELIGIBLE', false, null]);
  assert.deepEqual(await vote(world, scope, who('approver')), { kind: 'ineligible', why: 'NOT_ELIGIBLE' });
});

test('a vote opens the content of an open question only, and only where its author may decide', async () => {
  const { world, scope } = await asked();
  const open = world.deps.vault.open.bind(world.deps.vault);
  let opened = 0;
  world.deps.vault.open = (...of) => ((opened += 1), open(...of));
  await vote(world, scope, who('boss', { roles: [], groups: [] }));
  assert.equal(opened, 0);
  assert.equal((await vote(world, scope, who('approver'))).kind, 'recorded');
  assert.equal(opened, 1);
  assert.equal((await vote(world, scope, who('second'))).kind, 'standing');
  assert.equal(opened, 1);
});

test('what a policy decided alone is nobody’s to decide, and its content is opened for nobody', async () => {
  const { world, scope } = await asked();
  world.runs.replace(scope, { ...world.request(scope, GOVERN)!, authority: 'policy' });
  const view = await readApproval(world.deps, scope, GOVERN, who('approver'), ALL);
  assert.deepEqual([view?.mayDecide, view?.content, viewed(world)], [false, null, 0]);
  assert.deepEqual(await vote(world, scope, who('approver')), { kind: 'unknown' });
});

test('a vote given, a deadline over, content that is not what was asked: nobody is told that they may decide', async () => {
  const mayDecide = async (world: World, scope: RunScope, by = who('approver')) =>
    (await readApproval(world.deps, scope, GOVERN, by, ALL))?.mayDecide;
  const listed = async (world: World, by: Candidate, mine: boolean) =>
    (await listApprovals(world.deps, TENANT, by, { limit: 9, cursor: null, mine })).items.map((item) => item.mayDecide);
  const given = await asked({ quorum: 2, assurance: 'signed-in' });
  const { world, scope } = given;
  Object.assign(world.deps.runs, {
    listOpenRequests: async () => ({ items: [{ run: scope.run, request: 'request~2' }], cursor: null }),
  });
  assert.deepEqual([await mayDecide(world, scope), await listed(world, who('approver'), true)], [true, [true]]);
  await vote(world, scope, who('approver'));
  assert.deepEqual([await mayDecide(world, scope), await mayDecide(world, scope, who('second'))], [false, true]);
  assert.deepEqual(
    [await listed(world, who('approver'), true), await listed(world, who('approver'), false)],
    [[], [false]],
  );
  world.clock.advance(2 * 86_400_000);
  assert.deepEqual(
    [await mayDecide(world, scope, who('second')), await listed(world, who('second'), true)],
    [false, []],
  );
  const other = await asked();
  other.world.runs.replace(other.scope, { ...other.world.request(other.scope, GOVERN)!, digest: 'f'.repeat(64) });
  assert.equal(await mayDecide(other.world, other.scope), false);
});

test('a window shows its records only, and a reader what the policy discloses to them', async () => {
  const { world, scope } = await asked({ disclose: { approver: ['/records/cents'] } });
  const view = await readApproval(world.deps, scope, GOVERN, who('approver'), { offset: 1, limit: 1 });
  const { records } = view!.content!.requests[0]!;
  assert.deepEqual(records, [{ ordinal: 1, record: { cents: 250 } }]);
  const { count, offset, limit, totals, facts, subject, complete } = view!.content!;
  assert.deepEqual({ count, offset, limit, complete }, { count: 2, offset: 1, limit: 1, complete: false });
  assert.deepEqual({ totals, facts, subject }, { totals: null, facts: null, subject: null });
  const first = await readApproval(world.deps, scope, GOVERN, who('approver'), { offset: 0, limit: 1 });
  assert.equal(first?.content?.requests[0]?.records.length, 1);
  const ask = (ASK['rules'] as readonly JsonObject[])[1] as JsonObject;
  world.publish('Policy', 'plain', { rules: [{ ...ask, disclose: { approver: ['/records'] } }] });
  const steps = [{ id: 'policy', verb: 'GOVERN', policies: ['plain'], subject: { vendor: 'Acme' } }];
  world.publish('Workflow', 'check', { id: 'check', steps });
  const check = await world.start('check');
  await world.drive(check);
  const kept = await readApproval(world.deps, check, 1, who('approver'), ALL);
  assert.deepEqual([kept?.mayDecide, kept?.content?.subject], [true, null]);
  const whole = await asked();
  const all = (await readApproval(whole.world.deps, whole.scope, GOVERN, who('approver'), ALL))!.content!;
  assert.deepEqual([all.complete, all.totals], [true, { cents: 350 }]);
});

test('a caller is a person or an app, with the groups and the assurance that their token proves', async () => {
  const found = { groups: ['finance'], roles: ['approver'] };
  let searched = 0;
  const directory = {
    find: async (_tenant: string, id: string) => ((searched += 1), id === 'ann' ? { ...found, id } : null),
  };
  const deps = { directory } as unknown as Parameters<typeof candidateOf>[0];
  const caller = (change: Partial<Principal>) =>
    candidateOf(deps, {
      id: principalId('ann'),
      tenant: TENANT,
      kind: 'user',
      name: 'Ann',
      roles: ['approver'],
      groups: ['g1'],
      groupsOverage: false,
      mfa: false,
      ...change,
    });
  const ann = { id: 'ann', kind: 'user', roles: ['approver'], groups: ['g1'], assurance: 'signed-in' };
  assert.deepEqual(await caller({}), ann);
  assert.deepEqual(await caller({ kind: 'app', mfa: true }), { ...ann, kind: 'app', assurance: 'signed-in+mfa' });
  assert.equal(searched, 0);
  assert.deepEqual((await caller({ groupsOverage: true, groups: [] })).groups, ['finance']);
  assert.deepEqual((await caller({ groupsOverage: true, groups: ['g1'], id: principalId('gone') })).groups, []);
  assert.equal((await candidateOfLink(deps, TENANT, 'ann'))?.assurance, 'link');
  assert.equal(await candidateOfLink(deps, TENANT, 'gone'), null);
});

test('comments are kept in the order of the decisions, and cut; a refused attempt is in the tenant’s chain', async () => {
  const { world, scope } = await asked({ quorum: 3, assurance: 'signed-in' }, 'third');
  await vote(world, scope, who('approver'), '  first ');
  await vote(world, scope, who('approver'));
  assert.equal(world.events.filter(({ name }) => name === 'approval.decided').length, 1, 'told once');
  assert.deepEqual(await vote(world, scope, who('boss', { roles: [], groups: [] })), {
    kind: 'ineligible',
    why: 'NOT_ELIGIBLE',
  });
  const { revision, digest } = world.request(scope, GOVERN)!;
  const byLink = {
    decision: 'approve',
    revision,
    digest,
    comment: null,
    values: null,
    tokenHash: 'f'.repeat(64),
  } as const;
  assert.equal((await decideApproval(world.deps, scope, GOVERN, who('second'), byLink)).kind, 'ineligible');
  const facts = { run: scope.run, step: GOVERN };
  const refused = world.tenantEntries.filter(({ type }) => type === 'APPROVAL_REFUSED');
  assert.deepEqual(
    refused.map((entry) => [entry.facts, (entry as unknown as { by: string }).by]),
    [
      [{ ...facts, why: 'NOT_ELIGIBLE' }, 'boss'],
      [{ ...facts, why: 'LINK_INVALID' }, 'second'],
    ],
  );
  await vote(world, scope, who('second'), null);
  await vote(world, scope, who('third'), 'x'.repeat(3_000));
  const comments = await world.deps.vault.open(commentsPlace(scope, GOVERN), world.request(scope, GOVERN)!.comments!);
  assert.deepEqual(comments, ['first', null, 'x'.repeat(2_000)]);
});

test('a link is of one approver, until it is revoked or over', () => {
  const approver = principalId('approver');
  const link = { approver, tokenHash: 'f'.repeat(64), expiresAt: instant(10), revokedAt: null };
  const request = sampleRequest(1, { links: [{ ...link, tokenHash: 'a'.repeat(64) }, link] });
  assert.equal(linkHolds(request, approver, link.tokenHash, instant(9.999)), true);
  assert.equal(linkHolds(request, approver, link.tokenHash, instant(10)), false);
  assert.equal(linkHolds(request, principalId('second'), link.tokenHash, instant(1)), false);
  assert.equal(linkHolds(request, approver, 'b'.repeat(64), instant(1)), false);
  const revoked = { ...request, links: [{ ...link, revokedAt: instant(1) }] };
  assert.equal(linkHolds(revoked, approver, link.tokenHash, instant(2)), false);
});

test('a token is 256 random bits of which only the hash is kept; a nonce is for what was shown, for 30 minutes', () => {
  const asked_: number[] = [];
  const { token, hash } = newToken((length) => (asked_.push(length), Buffer.alloc(length, 7)));
  assert.deepEqual([asked_, isToken(token), hash], [[32], true, hashOf(token)]);
  assert.ok(!hash.includes(token) && /^[0-9a-f]{64}$/.test(hash));
  const key = createSecretKey(Buffer.alloc(32, 1));
  const shown = { tokenHash: hash, request: 'request~1', revision: 1, digest: 'd' };
  const nonce = makeNonce(key, shown, instant(0));
  const check = (about = shown, given = nonce, at = 0, by = key) => checkNonce(by, about, given, instant(at));
  assert.equal(check(), 'valid');
  assert.equal(check(shown, nonce, 1799.999), 'valid');
  assert.equal(check(shown, nonce, 1800), 'expired');
  const others = [{ tokenHash: hashOf('x') }, { request: 'request~2' }, { revision: 2 }, { digest: 'e' }];
  for (const other of others) assert.equal(check({ ...shown, ...other }), 'wrong', JSON.stringify(other));
  const [expiry, mac] = nonce.split('.') as [string, string];
  for (const forged of [`${Number(expiry) + 60}.${mac}`, `${expiry}.${'A'.repeat(43)}`, mac, `${nonce}.x`, ''])
    assert.equal(check(shown, forged), 'wrong', forged);
  assert.equal(check(shown, nonce, 0, createSecretKey(Buffer.alloc(32, 2))), 'wrong');
});
