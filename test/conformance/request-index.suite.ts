/** What every link index and every idempotency store promises. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { IdempotencyStore, RequestIndex } from '../../src/ports/request-index.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { instant, scopeOf } from '../support/run-samples.ts';

export interface RequestIndexFixture {
  readonly requests: RequestIndex;
  readonly idempotency: IdempotencyStore;
  readonly clock: ManualClock;
}
export type RequestIndexFactory = (t: TestContext) => Promise<RequestIndexFixture>;

const A = tenantId('tenant-a');
const hash = (n: number): string => String(n).padStart(64, '0');

export function requestIndexSuite(name: string, factory: RequestIndexFactory): void {
  describe(`request index on ${name}`, () => {
    test('a link leads to its request until it expires', async (t) => {
      const { requests, clock } = await factory(t);
      const target = { ...scopeOf('tenant-a', 'r1'), request: 'request~3' };
      await requests.putLink(hash(1), target, instant(60));
      assert.deepEqual(await requests.findLink(hash(1)), target);
      assert.equal(await requests.findLink(hash(2)), null);
      clock.advance(60_000);
      assert.equal(await requests.findLink(hash(1)), null);
    });

    test('a link put again (a repeated delivery) stays one link', async (t) => {
      const { requests } = await factory(t);
      const target = { ...scopeOf('tenant-a', 'r1'), request: 'request~3' };
      await requests.putLink(hash(1), target, instant(60));
      await requests.putLink(hash(1), target, instant(60));
      assert.deepEqual(await requests.findLink(hash(1)), target);
    });
  });

  describe(`idempotency store on ${name}`, () => {
    test('of many claims of one key the first stands', async (t) => {
      const { idempotency } = await factory(t);
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          idempotency.claim(A, hash(1), { bodyHash: hash(n), answer: `r${n}` }, instant(60)),
        ),
      );
      const first = claims.filter((claim) => claim.first);
      assert.equal(first.length, 1);
      for (const claim of claims) assert.deepEqual({ ...claim, first: true }, first[0]);
      const { bodyHash, answer } = first[0] as { bodyHash: string; answer: string };
      assert.deepEqual(await idempotency.find(A, hash(1)), { bodyHash, answer });
    });

    test('an answer that is named gives way to one of those that would replace it, and to nobody else', async (t) => {
      const { idempotency } = await factory(t);
      const claim = (answer: string, replaces: string | null) =>
        idempotency.claim(A, hash(1), { bodyHash: hash(1), answer }, instant(60), replaces);
      assert.equal((await claim('r0', null)).first, true);
      assert.deepEqual([(await claim('x', 'other')).answer, (await claim('x', null)).answer], ['r0', 'r0']);
      const claims = await Promise.all(Array.from({ length: 5 }, (_, n) => claim(`s${n}`, 'r0')));
      const first = claims.filter((each) => each.first);
      assert.equal(first.length, 1);
      for (const each of claims) assert.equal(each.answer, first[0]?.answer);
      assert.equal((await idempotency.find(A, hash(1)))?.answer, first[0]?.answer);
    });

    test('keys of another tenant are other keys', async (t) => {
      const { idempotency } = await factory(t);
      await idempotency.claim(A, hash(1), { bodyHash: hash(1), answer: 'r1' }, instant(60));
      assert.equal(await idempotency.find(tenantId('tenant-b'), hash(1)), null);
      const other = await idempotency.claim(
        tenantId('tenant-b'),
        hash(1),
        { bodyHash: hash(2), answer: 'x' },
        instant(60),
      );
      assert.equal(other.first, true);
    });

    test('an expired answer is forgotten', async (t) => {
      const { idempotency, clock } = await factory(t);
      for (let n = 0; n < 20; n++)
        await idempotency.claim(A, hash(n), { bodyHash: hash(n), answer: `r${n}` }, instant(60));
      clock.advance(60_000);
      assert.equal(await idempotency.find(A, hash(1)), null);
      const again = await idempotency.claim(A, hash(1), { bodyHash: hash(9), answer: 'new' }, instant(200));
      assert.deepEqual(again, { bodyHash: hash(9), answer: 'new', first: true });
    });
  });
}
