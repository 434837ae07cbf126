/** What the context vault promises over any key ring and blob store. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Sealed, SealedPlace } from '../../src/domain/sealing/sealed.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';
import type { ContextVault } from '../../src/ports/context-vault.ts';
import type { KeyRing } from '../../src/ports/key-ring.ts';
import { seeded } from '../support/seeded.ts';

export interface VaultFixture {
  readonly vault: ContextVault;
  readonly keys: KeyRing;
  readonly blobs: BlobStore;
}
export type VaultFactory = (t: TestContext) => Promise<VaultFixture>;

export const place = (change: Partial<SealedPlace> = {}): SealedPlace => ({
  tenant: tenantId('tenant-a'),
  kind: 'run',
  id: 'r1',
  path: 'step/3',
  field: 'output',
  attempt: 1,
  ...change,
});
export const broken = { code: 'SEAL_BROKEN' };
/** 64 KiB of text: over the inline limit. */
const LARGE = { text: 'payroll '.repeat(8192) };

/** Places that differ from `place()` in one thing, or in a way that naive concatenation would confuse. */
const OTHERS: readonly SealedPlace[] = [
  place({ tenant: tenantId('tenant-b') }),
  place({ kind: 'document' }),
  place({ kind: 'request' }),
  place({ id: 'r2' }),
  place({ path: 'step/4' }),
  place({ path: 'step/3/output', field: '' }),
  place({ path: 'step', field: '3/output' }),
  place({ field: 'error' }),
  place({ attempt: 2 }),
  place({ path: 'chunk/18' }),
];

export function contextVaultSuite(name: string, factory: VaultFactory): void {
  describe(`context vault on ${name}`, () => {
    test('every JSON value comes back as it was', async (t) => {
      const { vault } = await factory(t);
      const values: Json[] = [
        null,
        true,
        0,
        -1.5e-7,
        9007199254740991,
        '',
        'straße 💶 \u0000 "quoted"',
        [],
        {},
        [[], [{ a: [1, null] }]],
        { __proto__x: 1, '': { ' ': 'x' } },
        'x'.repeat(300_000),
        LARGE,
      ];
      for (const value of values) assert.deepEqual(await vault.open(place(), await vault.seal(place(), value)), value);
    });

    test('a sealed value tells nothing but its size class', async (t) => {
      const { vault } = await factory(t);
      const lengths = new Set<number>();
      for (const value of ['approve', 'reject', '', 'x'.repeat(200)])
        lengths.add((await vault.seal(place(), value)).length);
      assert.equal(lengths.size, 1);
      const large = new Set<number>();
      for (const size of [4200, 5000, 8000]) large.add((await vault.seal(place(), 'x'.repeat(size))).length);
      assert.equal(large.size, 1);
      const one = await vault.seal(place(), 'approve');
      assert.notEqual(await vault.seal(place(), 'approve'), one);
      assert.match(one, /^s1\.1\.[A-Za-z0-9_-]+$/);
    });

    test('a value moved to any other place does not open', async (t) => {
      const { vault } = await factory(t);
      for (const value of ['payee A', LARGE]) {
        const sealed = await vault.seal(place(), value);
        for (const other of OTHERS) {
          // The other owner exists, so that only the place can be what refuses.
          await vault.seal(other, 'x');
          await assert.rejects(vault.open(other, sealed), broken, JSON.stringify(other));
        }
        assert.deepEqual(await vault.open(place(), sealed), value);
      }
    });

    test('of 10,000 random swaps and changes none opens', async (t) => {
      const { vault } = await factory(t);
      const random = seeded(10_000);
      t.diagnostic(`seed ${random.seed}`);
      const places = [place(), ...OTHERS];
      const sealed = await Promise.all(places.map((one, n) => vault.seal(one, { n })));
      let refused = 0;
      for (let n = 0; n < 10_000; n++) {
        const from = random.below(places.length);
        let to = random.below(places.length);
        let value = sealed[from] as string;
        if (from === to) {
          const at = 5 + random.below(value.length - 6);
          const other = random.pick([...'ABCDEFGHabcdefgh0123'].filter((character) => character !== value[at]));
          value = value.slice(0, at) + other + value.slice(at + 1);
        } else if (random.next() < 0.1) to = (to + 1) % places.length === from ? to : (to + 1) % places.length;
        try {
          await vault.open(places[to] as SealedPlace, value as Sealed);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'SEAL_BROKEN');
          refused += 1;
        }
      }
      assert.equal(refused, 10_000);
    });

    test('text that is not sealed, is cut, or names another key version does not open', async (t) => {
      const { vault } = await factory(t);
      const sealed = await vault.seal(place(), 'x');
      const [form, , body] = sealed.split('.') as [string, string, string];
      const bad = [
        '',
        'x',
        's1',
        's1.1.',
        's1.1.AAAA',
        `${form}.2.${body}`,
        `s2.1.${body}`,
        `${sealed}.x`,
        'b1.1.run/r1/x.00',
      ];
      for (const text of bad) await assert.rejects(vault.open(place(), text as Sealed), broken, text);
    });

    test('a large value is a blob that is there before seal resolves; its bytes and its owner are checked', async (t) => {
      const { vault, blobs } = await factory(t);
      const sealed = await vault.seal(place(), LARGE);
      const [form, , blob, hash] = sealed.split('.') as [string, string, string, string];
      assert.equal(form, 'b1');
      assert.match(blob, /^run\/r1\/[0-9a-f]{24}$/);
      const bytes = await blobs.get(place().tenant, blob);
      assert.ok(bytes);
      assert.ok(!Buffer.from(bytes).includes('payroll'));
      await assert.rejects(
        vault.open(place(), `b1.1.${blob}.${hash.replace(/^./, (c) => (c === '0' ? '1' : '0'))}` as Sealed),
        broken,
      );
      const other = await vault.seal(place({ id: 'r2' }), LARGE);
      await assert.rejects(vault.open(place(), other), broken);
      assert.ok((await blobs.removePrefix(place().tenant, 'run/r1/')) > 0);
      await assert.rejects(vault.open(place(), sealed), broken);
      assert.deepEqual(await vault.open(place({ id: 'r2' }), other), LARGE);
    });

    test('two values of one place lie in different blobs', async (t) => {
      const { vault } = await factory(t);
      const [one, two] = await Promise.all([
        vault.seal(place(), LARGE),
        vault.seal(place(), { text: 'y'.repeat(70_000) }),
      ]);
      assert.notEqual(one.split('.')[2], two.split('.')[2]);
      assert.deepEqual(await vault.open(place(), one), LARGE);
    });

    test('no nonce in 20,000 seals is used twice', async (t) => {
      const { vault } = await factory(t);
      const seen = new Set<string>();
      for (let n = 0; n < 20_000; n++) {
        // The first 12 bytes are 16 characters of base64url.
        const sealed = await vault.seal(place(), n);
        seen.add(sealed.slice(5, 21));
      }
      assert.equal(seen.size, 20_000);
    });

    test('of 60 runs, 30 destroyed: none of those opens, all others do, and nothing new is sealed for them', async (t) => {
      const { vault, keys } = await factory(t);
      const places = Array.from({ length: 60 }, (_, n) => place({ id: `run-${n}` }));
      const sealed = await Promise.all(places.map((one, n) => vault.seal(one, n % 3 === 0 ? LARGE : { n })));
      for (const [n, one] of places.entries()) if (n % 2 === 0) await keys.destroy(one);
      for (const [n, one] of places.entries()) {
        const opening = vault.open(one, sealed[n] as Sealed);
        if (n % 2 === 0) {
          await assert.rejects(opening, { code: 'KEY_DESTROYED' });
          await assert.rejects(vault.seal(one, 'again'), { code: 'KEY_DESTROYED' });
        } else assert.deepEqual(await opening, n % 3 === 0 ? LARGE : { n });
      }
    });

    test('errors name the place and nothing of the value', async (t) => {
      const { vault } = await factory(t);
      const sealed = await vault.seal(place(), 'payee A');
      await assert.rejects(vault.open(place({ field: 'error' }), sealed), (error: Error) => {
        assert.doesNotMatch(error.message, /payee/);
        assert.ok(!error.message.includes(sealed.slice(5, 30)));
        return true;
      });
    });
  });
}
