/** What every tenant log promises: one gapless chain for each tenant, whoever appends at the same time. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import { brokenAt, CHAIN_START } from '../../src/platform/common/tenant-chain.ts';
import type { TenantLog, TenantLogEntry } from '../../src/ports/tenant-log.ts';
import { instant } from '../support/run-samples.ts';

export type TenantLogFactory = (t: TestContext) => Promise<TenantLog>;

const A = tenantId('tenant-a');
const entry = (n: number) => ({
  at: instant(n),
  by: principalId('tenant-a:auditor'),
  type: 'run.read',
  facts: { run: `r${n}`, count: n, ok: true, none: null },
});

export function tenantLogSuite(name: string, factory: TenantLogFactory): void {
  describe(`tenant log on ${name}`, () => {
    test('P5: 50 appends at once make one gapless chain, and each is told its place', async (t) => {
      const log = await factory(t);
      const told = await Promise.all(Array.from({ length: 50 }, (_, n) => log.append(A, entry(n))));
      const read = await log.read(A, 1, 100);
      assert.deepEqual(
        read.map((one) => one.seq),
        Array.from({ length: 50 }, (_, n) => n + 1),
      );
      assert.equal(read[0]?.prev, CHAIN_START);
      assert.equal(brokenAt(read), null);
      assert.deepEqual(
        [...told].sort((a, b) => a.seq - b.seq),
        read,
      );
    });

    test('a chain that was changed, cut or reordered shows where', async (t) => {
      const log = await factory(t);
      for (let n = 0; n < 6; n++) await log.append(A, entry(n));
      const read = await log.read(A, 1, 100);
      const changed = (at: number, change: Partial<TenantLogEntry>) =>
        read.map((one, n) => (n === at ? { ...one, ...change } : one));
      assert.equal(brokenAt(changed(2, { type: 'run.started' })), 3);
      assert.equal(brokenAt(changed(2, { facts: { run: 'r9' } })), 3);
      assert.equal(brokenAt(changed(2, { hash: 'f'.repeat(64) })), 3);
      assert.equal(brokenAt(read.filter((_, n) => n !== 3)), 5);
      assert.equal(brokenAt(read.slice(1)), 2);
      assert.equal(brokenAt(read.slice(3), read[2]), null);
    });

    test('tenants have chains of their own', async (t) => {
      const log = await factory(t);
      await log.append(A, entry(1));
      assert.equal((await log.append(tenantId('tenant-b'), entry(2))).seq, 1);
      assert.deepEqual(
        (await log.read(A, 1, 10)).map((one) => one.facts['run']),
        ['r1'],
      );
      assert.deepEqual(await log.read(tenantId('tenant-c'), 1, 10), []);
    });

    test('pages are read from any place on', async (t) => {
      const log = await factory(t);
      for (let n = 0; n < 8; n++) await log.append(A, entry(n));
      assert.deepEqual(
        (await log.read(A, 4, 3)).map((one) => one.seq),
        [4, 5, 6],
      );
      assert.deepEqual(await log.read(A, 9, 3), []);
    });

    test('facts are ids, codes and numbers: anything nested is refused and leaves no gap', async (t) => {
      const log = await factory(t);
      await assert.rejects(log.append(A, { ...entry(1), facts: { record: { name: 'J. Doe' } as never } }), TypeError);
      assert.equal((await log.append(A, entry(2))).seq, 1);
    });
  });
}
