/** The simulations' run store and SQLite answer random sequences of calls alike, so what holds in one holds in the other. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RunDocument } from '../../src/domain/run/documents.ts';
import type { Head } from '../../src/domain/run/head.ts';
import type { RunBatch, RunStore } from '../../src/ports/run-store.ts';
import { temporaryPlatform } from '../support/local-platform.ts';
import {
  fakeSealed,
  instant,
  sampleBatch,
  sampleEffect,
  sampleHead,
  sampleNext,
  sampleRequest,
  sampleResult,
  scopeOf,
} from '../support/run-samples.ts';
import { seeded, type Seeded } from '../support/seeded.ts';
import { memoryRunStore, RunData } from '../support/simulation/memory-run-store.ts';

const KINDS = ['result', 'effect', 'request', 'input'] as const;
const SCOPES = ['run-1', 'run-2', 'run-3'].map((run) => scopeOf('tenant-a', run));

function randomDocument(random: Seeded): RunDocument {
  const step = random.below(4);
  const value = fakeSealed(1 + random.below(40));
  return random.pick<() => RunDocument>([
    () => sampleResult(step, 1, value),
    () => sampleEffect(step, { request: value }),
    () => sampleRequest(step, { content: value, state: random.pick(['OPEN', 'APPROVED'] as const) }),
  ])();
}

function randomBatch(random: Seeded, head: Head): RunBatch {
  const documents = Array.from({ length: random.below(4) }, () => randomDocument(random));
  const put = [...new Map(documents.map((document) => [document.id, document])).values()];
  const remove =
    random.next() < 0.3 ? [`result~${random.below(4)}~1~1`].filter((id) => put.every((d) => d.id !== id)) : [];
  return sampleBatch(head, { put, remove });
}

/** What can be seen of three runs. Etags are opaque, so they are not compared. */
async function view(runs: RunStore): Promise<unknown> {
  const seen: unknown[] = [await runs.listDue(instant(5), 10)];
  for (const scope of SCOPES) {
    seen.push((await runs.readHead(scope))?.head ?? null, await runs.readAudit(scope, 2, 5));
    for (const kind of KINDS) seen.push(await runs.listDocuments(scope, kind));
    seen.push(await runs.readDocuments(scope, 'result', ['result~2~1~1', 'result~0~1~1', 'result~9~1~1']));
  }
  return seen;
}

async function compare(t: TestContext, seed: number, steps: number): Promise<void> {
  const random = seeded(seed);
  t.diagnostic(`seed ${seed}`);
  const stores = [(await temporaryPlatform(t)).platform.runs, memoryRunStore(new RunData())];
  const etags = stores.map(() => new Map<string, string[]>());
  for (let n = 0; n < steps; n++) {
    const scope = random.pick(SCOPES);
    const current = (await (stores[0] as RunStore).readHead(scope))?.head;
    const nextDue = random.pick([null, instant(1 + random.below(9) + n / 1000)]);
    const head = current === undefined ? sampleHead(scope, 2, { nextDue }) : sampleNext(current, { nextDue });
    const batch = randomBatch(random, head);
    const creates = random.next() < 0.15 || current === undefined;
    const age = random.next() < 0.2 ? 1 : 0;
    const outcomes = await Promise.all(
      stores.map(async (store, which) => {
        const known = etags[which]?.get(scope.run) ?? [];
        if (creates) {
          const outcome = await store.create(scope, batch);
          const etag = (await store.readHead(scope))?.etag as string;
          if (outcome === 'created') etags[which]?.set(scope.run, [etag]);
          return outcome;
        }
        const outcome = await store.commit(scope, known.at(-1 - age) ?? 'none', batch);
        if (outcome === 'conflict') return outcome;
        etags[which]?.set(scope.run, [...known, outcome.etag]);
        return 'committed';
      }),
    );
    assert.equal(outcomes[0], outcomes[1], `call ${n}`);
    if (n % 10 === 9)
      assert.deepEqual(await view(stores[0] as RunStore), await view(stores[1] as RunStore), `after ${n}`);
  }
}

for (const seed of [1, 2, 3]) test(`150 random calls, seed ${seed}`, (t) => compare(t, seed, 150));
