/**
 * P6: of three tenants that look alike none sees a byte of another, by any route: foreign and guessed ids, cursors and
 * idempotency keys of others. What is somebody else's is answered exactly as what does not exist, and nothing changes.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ROUTES } from '../../src/contract/routes/all.ts';
import { seeded } from '../support/seeded.ts';
import { openServices, type TestServices } from '../support/services.ts';
import { attemptsAt, type Attempt } from './isolation/attempts.ts';
import { EVERYTHING, IDEMPOTENCY_KEY, LISTINGS, makeTenant, STARTER, type Tenant } from './isolation/tenants.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const MARKS = ['qzvkxwpl', 'jhxvqwzk', 'wxkqjzvp'];

describe(`P6: three tenants (SEED=${SEED})`, () => {
  const random = seeded(SEED);
  let opened: TestServices;
  let tenants: Tenant[];
  let made = 0;
  before(async () => {
    opened = await openServices({ work: true });
    tenants = await Promise.all(MARKS.map((mark, at) => makeTenant(opened, `tenant-${at + 1}`, mark)));
  });
  after(() => opened.close());

  const pairs = (): [Tenant, Tenant][] =>
    tenants.flatMap((attacker) =>
      tenants.filter((other) => other !== attacker).map((other): [Tenant, Tenant] => [attacker, other]),
    );

  /** Nobody else's mark may stand in an answer; the ids that were asked for are the caller's own words. */
  function clean(
    what: string,
    attacker: Tenant,
    answer: { text: string; headers: Record<string, string> },
    ids: readonly string[] = [],
  ): void {
    made += 1;
    let text = `${answer.text}\n${JSON.stringify(answer.headers)}`;
    for (const id of ids) text = text.replaceAll(id, '');
    for (const other of tenants) {
      if (other === attacker) continue;
      assert.ok(!text.includes(other.mark), `${what}: a text of ${other.name}`);
      for (const run of other.runs) assert.ok(!text.includes(run), `${what}: a run of ${other.name}`);
    }
  }

  async function attack(attacker: Tenant, attempt: Attempt, roles: readonly string[]) {
    const answer = await attacker.call(roles, attempt.route.method, attempt.address, attempt.body, attempt.headers);
    clean(attempt.what, attacker, answer, attempt.ids);
    return answer;
  }

  /** All that a tenant can read of its own things. */
  async function stateOf(tenant: Tenant): Promise<string> {
    const addresses = [
      ...tenant.runs.flatMap((run) => [
        `/api/v1/runs/${run}`,
        `/api/v1/runs/${run}/events`,
        `/api/v1/runs/${run}/artifacts`,
        `/api/v1/runs/${run}/effects`,
      ]),
      ...tenant.approvals.map((approval) => `/api/v1/approvals/${approval}`),
      ...['workflows', 'connectors', 'policies', 'business-objects'].flatMap((kind) => [
        `/api/v1/${kind}/${tenant.only}`,
        `/api/v1/${kind}/${tenant.only}/versions`,
      ]),
    ];
    const texts: string[] = [];
    for (const address of addresses) {
      const answer = await tenant.call(EVERYTHING, 'GET', address);
      assert.equal(answer.status, 200, `${address} ${answer.text}`);
      clean(address, tenant, answer);
      texts.push(answer.text);
    }
    return texts.join('\n');
  }

  test('foreign and guessed ids at every route: not found, word for word as what never was; nothing changes', async () => {
    const before_ = await Promise.all(tenants.map(stateOf));
    const told = new Map<string, string>();
    for (const route of ROUTES) {
      for (const [attacker, victim] of pairs()) {
        for (const attempt of attemptsAt(route, attacker, victim, random)) {
          if (route.method === 'PUT') continue;
          const answer = await attack(attacker, attempt, EVERYTHING);
          assert.equal(answer.status, 404, `${attempt.what}: ${answer.status} ${answer.text}`);
          const without = (text: string): string => attempt.ids.reduce((rest, id) => rest.replaceAll(id, '…'), text);
          const asked = `${route.method} ${without(decodeURIComponent(attempt.address))}`;
          const words = without(answer.text);
          const same = told.get(asked) ?? words;
          told.set(asked, same);
          assert.equal(words, same, attempt.what);
        }
      }
    }
    assert.deepEqual(await Promise.all(tenants.map(stateOf)), before_);
    assert.ok(told.size >= 30, `${told.size} routes were attacked`);
  });

  test('without the role it is forbidden or unknown, whosever the thing is', async () => {
    for (const roles of [STARTER, ['approver'], ['operator'], ['auditor'], ['admin']]) {
      const [attacker, victim] = pairs()[random.below(6)] as [Tenant, Tenant];
      for (const route of ROUTES) {
        for (const attempt of attemptsAt(route, attacker, victim, random)) {
          if (route.method === 'PUT') continue;
          const { status } = await attack(attacker, attempt, roles);
          assert.ok(status === 404 || status === 403, `${attempt.what} as ${roles.join()}: ${status}`);
        }
      }
    }
  });

  test('a definition put under a neighbour’s name is one’s own; the neighbour’s stays as it was', async () => {
    const before_ = await Promise.all(tenants.map(stateOf));
    for (const [attacker, victim] of pairs()) {
      for (const kind of ['workflows', 'connectors', 'policies', 'business-objects']) {
        const document = { name: 'mine', rules: [{ id: 'all', if: 'true', then: 'allow', reason: 'MINE' }] };
        const answer = await attacker.call(
          EVERYTHING,
          'PUT',
          `/api/v1/${kind}/${victim.only}`,
          kind === 'policies' ? document : {},
        );
        clean(`PUT ${kind}`, attacker, answer, [victim.only]);
        assert.ok(answer.status < 500, answer.text);
        const mine = await attacker.call(EVERYTHING, 'GET', `/api/v1/${kind}/${victim.only}`);
        clean(`GET ${kind}`, attacker, mine, [victim.only]);
      }
    }
    assert.deepEqual(await Promise.all(tenants.map(stateOf)), before_);
  });

  test('listings and searches hold only one’s own; a cursor of somebody else, or of another query, is refused', async () => {
    for (const [attacker, victim] of pairs()) {
      for (const listing of LISTINGS) {
        clean(listing, attacker, await attacker.call(EVERYTHING, 'GET', listing.replace('limit=1', 'limit=200')));
        for (const source of LISTINGS) {
          for (const owner of [victim, attacker]) {
            if (owner === attacker && source === listing) continue;
            const cursor = encodeURIComponent(owner.cursors.get(source) ?? '');
            const answer = await attacker.call(EVERYTHING, 'GET', `${listing}&cursor=${cursor}`);
            clean(`${listing} with a cursor of ${source}`, attacker, answer);
            assert.equal(
              answer.status,
              400,
              `${listing} with ${owner.name}’s cursor of ${source}: ${answer.text.slice(0, 300)}`,
            );
          }
        }
      }
      const found = await attacker.call(EVERYTHING, 'POST', '/api/v1/runs/search', { businessKey: victim.mark });
      clean('search', attacker, found);
      assert.deepEqual(found.body.items, []);
    }
    for (const tenant of tenants) {
      const own = await tenant.call(EVERYTHING, 'POST', '/api/v1/runs/search', { businessKey: tenant.mark });
      assert.equal(own.body.items.length, 3, 'the same search finds one’s own');
    }
  });

  test('the same idempotency key and body in another tenant is another run', async () => {
    const ids = new Set<string>();
    for (const tenant of tenants) {
      const input = { amount: 1, note: tenant.mark };
      const own = await tenant.call(
        STARTER,
        'POST',
        '/api/v1/workflows/shared/runs',
        { input },
        { 'idempotency-key': IDEMPOTENCY_KEY },
      );
      assert.deepEqual([own.status, own.body.id], [200, tenant.runs[0]], 'one’s own key is replayed');
      for (const other of tenants) {
        const key = `${IDEMPOTENCY_KEY} of ${other.name}`;
        const answer = await tenant.call(
          STARTER,
          'POST',
          '/api/v1/workflows/shared/runs',
          { input: { note: 'same' } },
          { 'idempotency-key': key },
        );
        clean('start', tenant, answer);
        assert.equal(answer.status, 202);
        assert.ok(!ids.has(answer.body.id));
        ids.add(answer.body.id);
      }
    }
  });

  test('one’s own things are found by the same calls, and at least 5,000 attempts were made', async (t) => {
    const own = tenants[0] as Tenant;
    for (const route of ROUTES) {
      for (const attempt of attemptsAt(route, own, own, random)) {
        if (route.method === 'PUT' || route.id.startsWith('retire') || !attempt.what.includes(' foreign ')) continue;
        if (/nothing|effect~4|~1(\/|$)/.test(attempt.address) || route.id === 'getReceipt') continue;
        const { status, text } = await own.call(
          EVERYTHING,
          route.method,
          attempt.address,
          attempt.body,
          attempt.headers,
        );
        if (text.includes('no output (yet)')) continue;
        assert.notEqual(status, 404, `${route.id} ${attempt.address}: ${text}`);
        assert.ok(status < 500, text);
      }
    }
    t.diagnostic(`${made} attempts`);
    assert.ok(made >= 5_000, `${made} attempts`);
    assert.deepEqual(opened.faults, []);
  });
});
