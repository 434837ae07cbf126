/**
 * A process to be killed: commits runs on the local platform as fast as it can, in groups, and prints one line for each thing
 * that was acknowledged. `node crash-writer.ts <folder> <name>`; what it printed must be there after `kill -9`.
 */
import { writeSync } from 'node:fs';
import { openLocalPlatform } from '../../src/platform/local/platform.ts';
import { PlatformFault } from '../../src/domain/errors.ts';
import type { SealedPlace } from '../../src/domain/sealing/sealed.ts';
import { sampleBatch, sampleHead, sampleNext, sampleResult, scopeOf } from './run-samples.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const platform = await openLocalPlatform({ directory });
/** Synchronous: what was printed has left the process before anything else happens. */
const acknowledge = (line: string): void => void writeSync(1, `${line}\n`);

/** A key's remains cannot be cut out of the log while another process reads it: then it is asked for again, as a delivery is. */
async function destroyed(place: SealedPlace): Promise<void> {
  for (;;) {
    try {
      return await platform.keys.destroy(place);
    } catch (error) {
      if (!(error instanceof PlatformFault) || error.code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}

async function writer(n: number): Promise<never> {
  const scope = scopeOf('tenant-a', `${name}-${n}`);
  const place: SealedPlace = {
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path: 'step/1',
    field: 'output',
    attempt: 1,
  };
  let head = sampleHead(scope, 5);
  await platform.runs.create(scope, sampleBatch(head));
  acknowledge(`head ${scope.run} ${head.audit.seq}`);
  for (;;) {
    const stored = await platform.runs.readHead(scope);
    if (stored === null) throw new Error('a created run is gone');
    head = sampleNext(stored.head);
    const text = head.audit.seq % 7 === 0 ? 'x'.repeat(20_000) : 'small';
    const value = await platform.vault.seal(place, { seq: head.audit.seq, text });
    const outcome = await platform.runs.commit(
      scope,
      stored.etag,
      sampleBatch(head, { put: [sampleResult(1, head.audit.seq, value)] }),
    );
    if (outcome === 'conflict') throw new Error('a conflict with nobody');
    acknowledge(`head ${scope.run} ${head.audit.seq}`);
    if (head.audit.seq % 11 === 0) {
      const entry = { at: head.createdAt, by: head.startedBy.id, type: 'crash', facts: { run: scope.run } };
      acknowledge(`log ${(await platform.tenantLog.append(scope.tenant, entry)).seq}`);
    }
    if (head.audit.seq % 13 === 0) {
      const doomed = { ...place, id: `${scope.run}-doomed-${head.audit.seq}` };
      await platform.keys.create(doomed);
      await destroyed(doomed);
      acknowledge(`destroyed ${doomed.id}`);
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, n) => writer(n)));
