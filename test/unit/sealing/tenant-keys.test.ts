/** Tenant keys: what binds a wrapped key to its place, what a rotation or a destruction does to loads that are under way. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { tenantId, type TenantId } from '../../../src/domain/ids.ts';
import type { KeyOwner } from '../../../src/domain/sealing/sealed.ts';
import { createKeyRing } from '../../../src/platform/common/key-ring.ts';
import type { RootWrapper, StoredKey, WrappedKey, WrappedKeyStore } from '../../../src/platform/common/wrapped-keys.ts';
import { masterKey } from '../../../src/platform/local/master-key.ts';
import { temporaryFolder } from '../../support/local-platform.ts';

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const run = (id: string, tenant = A): KeyOwner => ({ tenant, kind: 'run', id });
const whole: KeyOwner = { tenant: A, kind: 'tenant', id: A };
const destroyed = { code: 'KEY_DESTROYED' };

/** A key store in memory whose rows a test may change behind its back. */
class Rows implements WrappedKeyStore {
  readonly #rows = new Map<string, StoredKey>();
  #etags = 0;

  at(tenant: TenantId, name: string): StoredKey {
    return this.#rows.get(`${tenant} ${name}`) as StoredKey;
  }
  put(tenant: TenantId, name: string, key: WrappedKey): void {
    this.#rows.set(`${tenant} ${name}`, { ...key, etag: String((this.#etags += 1)) });
  }
  async read(tenant: TenantId, name: string) {
    return this.#rows.get(`${tenant} ${name}`) ?? null;
  }
  async create(tenant: TenantId, name: string, key: WrappedKey) {
    if (this.#rows.has(`${tenant} ${name}`)) return 'exists';
    this.put(tenant, name, key);
    return 'created';
  }
  async replace(tenant: TenantId, name: string, etag: string, key: WrappedKey) {
    if (this.at(tenant, name)?.etag !== etag) return 'conflict';
    this.put(tenant, name, key);
    return 'replaced';
  }
  async destroy(tenant: TenantId, names: readonly string[]) {
    for (const name of names) this.put(tenant, name, { version: 0, wrappedBy: 0, wrapped: null });
  }
  async names(tenant: TenantId, at: string, limit: number) {
    const all = [...this.#rows].filter(([key, { wrapped }]) => key.startsWith(`${tenant} `) && wrapped !== null);
    const left = all.map(([key]) => key.slice(tenant.length + 1)).filter((name) => name > at);
    const names = left.toSorted().slice(0, limit);
    return { names, next: names.length < limit ? null : (names.at(-1) ?? null) };
  }
}

function world(t: TestContext) {
  const rows = new Rows();
  const root = masterKey(join(temporaryFolder(t), 'master.key'), true);
  const ring = (wrapper = root) => createKeyRing({ store: rows, root: wrapper, nowMs: () => 0 });
  return { rows, root, ring };
}

test('a wrapped key put under another name, version or wrapper is not taken for the one that belongs there', async (t) => {
  const { rows, ring } = world(t);
  const keys = ring();
  for (const id of ['r1', 'r2']) await keys.create(run(id));
  const [one, two] = [rows.at(A, 'run/r1'), rows.at(A, 'run/r2')];
  const forged: readonly (readonly [WrappedKey, string])[] = [
    [two, 'SEAL_BROKEN'],
    [{ ...one, version: 2 }, 'SEAL_BROKEN'],
    [{ ...one, wrapped: Buffer.alloc(60) }, 'SEAL_BROKEN'],
    [{ ...one, wrappedBy: 9 }, 'KEY_UNAVAILABLE'],
  ];
  for (const [key, code] of forged) {
    rows.put(A, 'run/r1', key);
    await assert.rejects(ring().get(run('r1'), 'step'), { code });
  }
  rows.put(A, 'run/r1', one);
  await ring().get(run('r1'), 'step');
});

test('a tenant key put in the place of another tenant’s, or of a newer version, does not open', async (t) => {
  const { rows, ring } = world(t);
  const keys = ring();
  await keys.create(run('r1'));
  await keys.create(run('r1', B));
  const own = rows.at(A, 'wrap');
  rows.put(A, 'wrap', rows.at(B, 'wrap'));
  await assert.rejects(ring().create(run('r2')), { code: 'KEY_UNAVAILABLE' });
  rows.put(A, 'wrap', { ...own, version: 2 });
  await assert.rejects(ring().create(run('r2')), { code: 'KEY_UNAVAILABLE' });
});

test('an older tenant key that could not be opened once is asked for again', async (t) => {
  const { root, ring } = world(t);
  const keys = ring();
  await keys.create(run('r1'));
  await keys.rotate(A);
  let failures = 1;
  const unwrap: RootWrapper['unwrap'] = (context, ...of) => {
    if (context.includes('"version":1') && failures-- > 0) return Promise.reject(new Error('away'));
    return root.unwrap(context, ...of);
  };
  const other = ring({ ...root, unwrap });
  await assert.rejects(other.get(run('r1'), 'step'), { code: 'KEY_UNAVAILABLE' });
  await other.get(run('r1'), 'step');
});

test('who meets a key wrapped by a newer tenant key wraps with that from then on', async (t) => {
  const { rows, ring } = world(t);
  const [old, other] = [ring(), ring()];
  await old.create(run('r1'));
  await other.rotate(A);
  await other.create(run('r2'));
  await old.create(run('r3'));
  await old.get(run('r2'), 'step');
  await old.create(run('r4'));
  assert.deepEqual([rows.at(A, 'run/r3').wrappedBy, rows.at(A, 'run/r4').wrappedBy], [1, 2]);
});

test('a tenant key that was being read while its tenant was destroyed makes no key afterwards', async (t) => {
  const { rows, ring } = world(t);
  await ring().create(run('r1'));
  const held = Promise.withResolvers<void>();
  let first = true;
  const read = rows.read.bind(rows);
  rows.read = async (tenant, name) => {
    const answer = await read(tenant, name);
    if (name === 'wrap' && first) {
      first = false;
      await held.promise;
    }
    return answer;
  };
  const keys = ring();
  const early = keys.get(run('r1'), 'step');
  await new Promise((resolve) => setImmediate(resolve));
  await keys.destroy(whole);
  const meanwhile = assert.rejects(keys.create(run('r2')), destroyed);
  held.resolve();
  await Promise.all([early, meanwhile]);
  await assert.rejects(keys.create(run('r3')), destroyed);
});

test('a destruction of a tenant that stops half way leaves no key that opens', async (t) => {
  const { rows, ring } = world(t);
  await ring().create(run('r1'));
  const destroy = rows.destroy.bind(rows);
  rows.destroy = (tenant, names) =>
    names.includes('mac') ? Promise.reject(new Error('away')) : destroy(tenant, names);
  await assert.rejects(ring().destroy(whole), /away/);
  assert.notEqual(rows.at(A, 'run/r1').wrapped, null);
  await assert.rejects(ring().get(run('r1'), 'step'), destroyed);
});

test('a destruction of a tenant reaches every key, and forbids those of the tenant itself that were never made', async (t) => {
  const { rows, ring } = world(t);
  const [keys, other] = [ring(), ring()];
  await keys.create(run('r1'));
  await other.get(run('r1'), 'step');
  for (let n = 0; n < 1_100; n++) rows.put(A, `run/more-${n}`, rows.at(A, 'run/r1'));
  await keys.destroy(whole);
  assert.deepEqual(await rows.names(A, '', 10), { names: [], next: null });
  // The other process still remembers the tenant key.
  await assert.rejects(other.mac(A, 'index'), destroyed);
  await assert.rejects(other.create(whole), destroyed);
});
