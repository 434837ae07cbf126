/** What every key ring promises: keys with owners, destruction for good, memory with an end, rotation without revival. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { KeyOwner } from '../../src/domain/sealing/sealed.ts';
import type { KeyMaintenance, KeyRing, MacUse } from '../../src/ports/key-ring.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { seeded } from '../support/seeded.ts';

export interface KeyRingFixture {
  readonly keys: KeyRing & KeyMaintenance;
  readonly clock: ManualClock;
  /** Another process on the same stores. */
  other(): Promise<KeyRing & KeyMaintenance>;
}
export type KeyRingFactory = (t: TestContext) => Promise<KeyRingFixture>;

const owner = (id: string, tenant = 'tenant-a', kind: KeyOwner['kind'] = 'run'): KeyOwner => ({
  tenant: tenantId(tenant),
  kind,
  id,
});
const destroyed = { code: 'KEY_DESTROYED' };
const FIVE_MINUTES = 5 * 60_000;

export function keyRingSuite(name: string, factory: KeyRingFactory): void {
  describe(`key ring on ${name}`, () => {
    test('create gives the key that stands, in every process', async (t) => {
      const { keys, other } = await factory(t);
      const [one, two] = await Promise.all([keys.create(owner('r1')), keys.create(owner('r1'))]);
      const second = await other();
      for (const again of [two, await second.create(owner('r1')), await second.get(owner('r1'), 'step')])
        assert.ok(again.key.equals(one.key));
    });

    test('two processes that create at once agree on one key', async (t) => {
      const { keys, other } = await factory(t);
      const second = await other();
      for (let n = 0; n < 20; n++) {
        const [a, b] = await Promise.all([keys.create(owner(`r${n}`)), second.create(owner(`r${n}`))]);
        assert.ok(a.key.equals(b.key), `run r${n}`);
      }
    });

    test('every owner has a key of its own', async (t) => {
      const { keys } = await factory(t);
      const owners = [
        owner('x'),
        owner('y'),
        owner('x', 'tenant-b'),
        owner('x', 'tenant-a', 'document'),
        owner('x', 'tenant-a', 'request'),
      ];
      const made = await Promise.all(owners.map(async (one) => (await keys.create(one)).key.export().toString('hex')));
      assert.equal(new Set(made).size, owners.length);
    });

    test('a key that was never made is unavailable, not made on the way', async (t) => {
      const { keys } = await factory(t);
      await assert.rejects(keys.get(owner('r1'), 'step'), { code: 'KEY_UNAVAILABLE' });
      await assert.rejects(keys.get(owner('r1'), 'step'), { code: 'KEY_UNAVAILABLE' });
    });

    test('P8: a destroyed key is gone here at once, elsewhere within five minutes, and never comes back', async (t) => {
      const { keys, other, clock } = await factory(t);
      await keys.create(owner('r1'));
      const second = await other();
      await second.get(owner('r1'), 'step');
      await keys.destroy(owner('r1'));
      await assert.rejects(keys.get(owner('r1'), 'step'), destroyed);
      await assert.rejects(keys.create(owner('r1')), destroyed);
      clock.advance(FIVE_MINUTES);
      await assert.rejects(second.get(owner('r1'), 'step'), destroyed);
      await assert.rejects(second.create(owner('r1')), destroyed);
      await keys.destroy(owner('r1'));
    });

    test('destroying an owner that has no key yet forbids one for ever', async (t) => {
      const { keys } = await factory(t);
      await keys.destroy(owner('r1'));
      await assert.rejects(keys.create(owner('r1')), destroyed);
    });

    test('destroying one key leaves its neighbours', async (t) => {
      const { keys } = await factory(t);
      const kept = await keys.create(owner('r2'));
      await keys.create(owner('r1'));
      await keys.create(owner('r1', 'tenant-b'));
      await keys.destroy(owner('r1'));
      keys.forget(owner('r2'));
      assert.ok((await keys.get(owner('r2'), 'step')).key.equals(kept.key));
      await keys.get(owner('r1', 'tenant-b'), 'step');
    });

    test('a key in memory lives five minutes, however often it is used', async (t) => {
      const { keys, other, clock } = await factory(t);
      const second = await other();
      await keys.create(owner('r1'));
      for (let minute = 0; minute < 5; minute++) {
        await keys.get(owner('r1'), 'step');
        clock.advance(60_000);
      }
      await second.destroy(owner('r1'));
      await assert.rejects(keys.get(owner('r1'), 'step'), destroyed);
    });

    test('forget drops the copy in memory', async (t) => {
      const { keys, other } = await factory(t);
      const second = await other();
      await keys.create(owner('r1'));
      await second.destroy(owner('r1'));
      await keys.get(owner('r1'), 'step');
      keys.forget(owner('r1'));
      await assert.rejects(keys.get(owner('r1'), 'step'), destroyed);
    });

    test('keyed digests differ by tenant and by use, and are the same in every process', async (t) => {
      const { keys, other } = await factory(t);
      const second = await other();
      const seen = new Set<string>();
      const uses: MacUse[] = ['index', 'effect', 'idempotency', 'link', 'nonce', 'cursor'];
      for (const tenant of ['tenant-a', 'tenant-b']) {
        for (const use of uses) {
          const mac = async (ring: KeyRing) =>
            createHmac('sha256', await ring.mac(tenantId(tenant), use))
              .update('value')
              .digest('hex');
          assert.equal(await mac(keys), await mac(second));
          seen.add(await mac(keys));
        }
      }
      assert.equal(seen.size, 12);
    });

    test('rotation wraps again and changes no key; digests stay', async (t) => {
      const { keys, other, clock } = await factory(t);
      const tenant = tenantId('tenant-a');
      const before = new Map<string, string>();
      for (let n = 0; n < 7; n++) before.set(`r${n}`, (await keys.create(owner(`r${n}`))).key.export().toString('hex'));
      const mac = (await keys.mac(tenant, 'index')).export().toString('hex');
      const second = await other();
      await second.get(owner('r0'), 'step');
      assert.equal(await keys.rotate(tenant), 2);
      // Made by a process that still remembers the old tenant key, after the rotation.
      before.set('late', (await second.create(owner('late'))).key.export().toString('hex'));
      let after = '';
      let rewrapped = 0;
      for (;;) {
        const page = await keys.rewrap(tenant, after, 3);
        rewrapped += page.rewrapped;
        if (page.next === null) break;
        after = page.next;
      }
      assert.equal(rewrapped, 9);
      assert.equal((await keys.rewrap(tenant, '', 100)).rewrapped, 0);
      clock.advance(FIVE_MINUTES);
      for (const ring of [keys, second, await other()]) {
        for (const [id, key] of before) {
          const found = await ring.get(owner(id), 'step');
          // Sealed text names the version of its key, which a rotation does not change.
          assert.deepEqual([found.key.export().toString('hex'), found.version], [key, 1]);
        }
        assert.equal((await ring.mac(tenant, 'index')).export().toString('hex'), mac);
      }
    });

    test('of two processes that rotate at once each made a version of its own, or is told of the other', async (t) => {
      const { keys, other, clock } = await factory(t);
      const tenant = tenantId('tenant-a');
      const second = await other();
      const made = await keys.create(owner('r1'));
      await second.get(owner('r1'), 'step');
      const outcomes = await Promise.allSettled([keys.rotate(tenant), second.rotate(tenant)]);
      const versions = outcomes
        .filter(({ status }) => status === 'fulfilled')
        .map((each) => (each as { value: number }).value);
      assert.ok(versions.length > 0 && new Set(versions).size === versions.length, versions.join());
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal((outcome.reason as { code: string }).code, 'CONFLICT');
      clock.advance(FIVE_MINUTES);
      for (const ring of [keys, second]) assert.ok((await ring.get(owner('r1'), 'step')).key.equals(made.key));
    });

    test('a key destroyed while it is wrapped again stays destroyed', async (t) => {
      const { keys, other, clock } = await factory(t);
      const random = seeded(41);
      t.diagnostic(`seed ${random.seed}`);
      const tenant = tenantId('tenant-a');
      const second = await other();
      const owners = Array.from({ length: 30 }, (_, n) => owner(`r${n}`));
      await Promise.all(owners.map((one) => keys.create(one)));
      const doomed = owners.filter(() => random.next() < 0.5);
      for (let round = 0; round < 3; round++) {
        await keys.rotate(tenant);
        clock.advance(FIVE_MINUTES);
        const some = doomed.slice(round * 5, round * 5 + 5);
        await Promise.all([
          keys.rewrap(tenant, '', 100),
          ...some.map((one) => (random.next() < 0.5 ? keys : second).destroy(one)),
          second.rewrap(tenant, '', 100),
        ]);
      }
      await Promise.all(doomed.slice(15).map((one) => keys.destroy(one)));
      clock.advance(FIVE_MINUTES);
      for (const one of owners) {
        for (const ring of [keys, second]) {
          if (doomed.includes(one)) await assert.rejects(ring.get(one, 'step'), destroyed, one.id);
          else await ring.get(one, 'step');
        }
      }
    });

    test('destroying a tenant destroys every key that it has, and it never gets another', async (t) => {
      const { keys } = await factory(t);
      await keys.create(owner('r1'));
      await keys.mac(tenantId('tenant-a'), 'index');
      await keys.create(owner('tenant-a', 'tenant-a', 'tenant'));
      const kept = await keys.create(owner('r1', 'tenant-b'));
      await keys.destroy(owner('tenant-a', 'tenant-a', 'tenant'));
      await assert.rejects(keys.get(owner('r1'), 'step'), destroyed);
      await assert.rejects(keys.create(owner('r2')), destroyed);
      await assert.rejects(keys.mac(tenantId('tenant-a'), 'index'), destroyed);
      await assert.rejects(keys.create(owner('tenant-a', 'tenant-a', 'tenant')), destroyed);
      keys.forget(owner('r1', 'tenant-b'));
      assert.ok((await keys.get(owner('r1', 'tenant-b'), 'step')).key.equals(kept.key));
    });

    test('more tenants than fit into memory all keep working', async (t) => {
      const { keys } = await factory(t);
      const made = [];
      for (let n = 0; n < 40; n++) made.push(await keys.create(owner('r1', `tenant-${n}`)));
      for (let n = 0; n < 40; n++) {
        keys.forget(owner('r1', `tenant-${n}`));
        const again = await keys.get(owner('r1', `tenant-${n}`), 'step');
        assert.ok(again.key.equals(made[n]?.key as typeof again.key));
      }
    });
  });
}
