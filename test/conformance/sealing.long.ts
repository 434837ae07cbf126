/** Sealing in large numbers: a million nonces, and a thousand runs of which half are destroyed. */
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Sealed, SealedPlace } from '../../src/domain/sealing/sealed.ts';
import { encrypt } from '../../src/platform/common/aes.ts';
import { temporaryPlatform } from '../support/local-platform.ts';
import { CanaryScan, makeCanaries } from '../support/canary.ts';
import { sampleBatch, sampleHead, sampleResult, scopeOf } from '../support/run-samples.ts';

test('of a million nonces none is used twice', () => {
  const key = createSecretKey(randomBytes(32));
  const seen = new Set<string>();
  for (let n = 0; n < 1_000_000; n++)
    seen.add(encrypt(key, Buffer.alloc(0), Buffer.alloc(0)).toString('latin1', 0, 12));
  assert.equal(seen.size, 1_000_000);
});

test('of 1,000 runs 500 are destroyed: none of them opens, the others do, all chains stand, and no file holds a value', async (t) => {
  const { platform, directory } = await temporaryPlatform(t);
  const canaries = makeCanaries(1000);
  const placeOf = (n: number): SealedPlace => ({
    ...scopeOf('tenant-a', `run-${n}`),
    kind: 'run',
    id: `run-${n}`,
    path: 'step/1',
    field: 'output',
    attempt: 1,
  });
  const sealed = new Map<number, Sealed>();
  for (let n = 0; n < 1000; n++) {
    const value = { canary: canaries[n % 30]?.value ?? '', fill: n % 20 === 0 ? 'x'.repeat(30_000) : '' };
    sealed.set(n, await platform.vault.seal(placeOf(n), value));
    const scope = scopeOf('tenant-a', `run-${n}`);
    const put = [sampleResult(1, 1, sealed.get(n) as Sealed)];
    assert.equal(await platform.runs.create(scope, sampleBatch(sampleHead(scope, 3), { put })), 'created');
  }
  await Promise.all(Array.from({ length: 500 }, (_, n) => platform.keys.destroy(placeOf(n * 2))));
  for (let n = 0; n < 1000; n++) {
    platform.keys.forget(placeOf(n));
    const opening = platform.vault.open(placeOf(n), sealed.get(n) as Sealed);
    if (n % 2 === 0) await assert.rejects(opening, { code: 'KEY_DESTROYED' });
    else assert.equal(((await opening) as { canary: string }).canary, canaries[n % 30]?.value);
    assert.equal((await platform.runs.readAudit(scopeOf('tenant-a', `run-${n}`), 1, 10)).length, 1);
  }
  const scan = new CanaryScan(canaries);
  scan.folder(directory);
  assert.equal(scan.report(), '');
});
