/** The product on the Azure platform: what a run asks of it, what of a run it sees, and what a run survives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { COSMOS_FIELDS } from '../../../src/platform/azure/cosmos/declared-fields.ts';
import type { ContainerName } from '../../../src/platform/azure/cosmos/containers.ts';
import { randomFaults } from '../../support/azure/random-faults.ts';
import { ended, openAzureEngine, waiting, type AzureEngine } from '../../support/azure/engine.ts';
import { seeded } from '../../support/seeded.ts';
import { verifyChain } from '../../support/verify-chain.ts';

interface Entry {
  readonly entryId: string;
  readonly [field: string]: unknown;
}

describe('the product on Azure', () => {
  let engine: AzureEngine;
  before(async () => (engine = await openAzureEngine()));
  after(() => engine.close());
  afterEach(calm);

  function calm(): void {
    for (const server of Object.values(engine.servers)) server.faults = null;
  }

  /** What the ERP has in its books: the oracle for what was really written. */
  function ledger(): readonly Entry[] {
    return readFileSync(join(engine.directory, 'erp-ledger.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => (JSON.parse(line) as { entries: Entry[] }).entries);
  }

  async function approved(scope: RunScope): Promise<Head> {
    const head = await engine.until(scope, waiting, true);
    if (!ended(head)) await engine.approve(scope);
    return engine.until(scope, ended, true);
  }

  async function assertWhole(scope: RunScope, head: Head): Promise<void> {
    assert.equal(head.state, 'SUCCEEDED');
    assert.ok(head.rows.every((row) => row.openEffects === 0));
    const chain = await engine.deps.runs.readAudit(scope, 1, 1000);
    assert.equal(verifyChain(chain), null);
    // Deliveries may have been committed since the head was read.
    assert.ok(chain.length >= head.audit.seq);
    const written = ledger().map((entry) => JSON.stringify({ ...entry, entryId: null }));
    assert.equal(new Set(written).size, written.length, 'a record stands twice in the books');
  }

  test('P1 P5: the sample runs, waits for a person, and ends; the approver has one mail', async () => {
    const scope = await engine.start('labour-cost-posting', { week: '2026-W46' }, 'w46');
    await assertWhole(scope, await approved(scope));
    assert.ok(ledger().length > 0);
    await engine.sweep();
    await engine.sweep();
    assert.equal(engine.doubles.graph.mails.length, 1);
  });

  test('P8: nothing of what was read, approved or written stands in clear in any store', () => {
    const items = [...engine.doubles.cosmos.containers.values()].flatMap((container) => container.items());
    const blobs = [...engine.doubles.blob.blobs.values(), ...engine.doubles.keys.blobs.values()];
    const stored = [
      ...items.map(({ body }) => JSON.stringify(body)),
      ...blobs.map(({ bytes }) => bytes.toString('latin1')),
    ].join('\n');
    // Numbers of time records and projects are in every record that was read, approved and written.
    const numbers = new Set(
      ledger()
        .flatMap((entry) => [entry['entry'], entry['project']])
        .map(String),
    );
    assert.ok(numbers.size > 100, 'there are numbers in the books to look for');
    for (const number of numbers) assert.ok(!stored.includes(number), `${number} stands in clear`);
    assert.ok(stored.includes('labour-cost-posting'), 'the search finds what is there');
  });

  test('P8: every field of every item in the database is declared', () => {
    let seen = 0;
    for (const [name, declared] of Object.entries(COSMOS_FIELDS)) {
      for (const { body: item } of engine.doubles.cosmos.containers.get(name as ContainerName)?.items() ?? []) {
        seen += 1;
        for (const [field, value] of Object.entries(item).filter(([own]) => !own.startsWith('_'))) {
          const rule = declared[field];
          assert.ok(rule, `${name}: ${field} is not declared`);
          if (!('fields' in rule) || value === null) continue;
          const names = Object.keys(value as object);
          const fits = rule.fields.some((fields) => names.every((own) => Object.hasOwn(fields, own)));
          assert.ok(fits, `${name}: ${field} holds ${names.join(', ')}, which no record declares together`);
        }
      }
    }
    assert.ok(seen > 50);
  });

  test('a trivial step costs at most one batch and one point read, and no question to a vault', async () => {
    const steps = Array.from({ length: 10 }, (_, n) => ({
      id: `s${n}`,
      verb: 'TRANSFORM',
      ...(n === 0 ? {} : { dependsOn: [`s${n - 1}`] }),
      map: { n: `{{ ${n === 0 ? '1' : `steps.s${n - 1}.output.n + 1`} }}` },
    }));
    const document = { apiVersion: 'countersign/v1', id: 'trivial', steps };
    await engine.apply([JSON.stringify(document)]);
    // The first run of an instance also fetches the definition.
    await engine.until(await engine.start('trivial', {}, 'trivial-0'), ended);
    const { cosmos, vault, secrets } = engine.servers;
    const before = [vault.log.length, secrets.log.length];
    cosmos.log.length = 0;
    const scope = await engine.start('trivial', {}, 'trivial-1');
    const started = cosmos.log.length;
    const head = await engine.until(scope, ended);
    assert.equal(head.state, 'SUCCEEDED');
    const asked = cosmos.log.slice(started).map(({ operation }) => operation);
    const count = (operation: string): number => asked.filter((each) => each === operation).length;
    // The beginning and the end of the run are commits of their own.
    assert.ok(count('batch') <= steps.length + 2, asked.join());
    assert.ok(count('read') <= steps.length + 2, asked.join());
    assert.equal(asked.length, count('batch') + count('read'), asked.join());
    assert.deepEqual([vault.log.length, secrets.log.length], before);
  });

  test('a write of n batches reads neither its slots nor its decision again between them', async () => {
    const scope = await engine.start('labour-cost-posting', { week: '2026-W39' }, 'w39');
    await engine.until(scope, waiting);
    const { cosmos } = engine.servers;
    await engine.approve(scope);
    // No sweep meanwhile: another commit is a reason to read again.
    await engine.until(scope, ended);
    const asked = cosmos.log.filter(({ headers }) => headers['x-ms-documentdb-partitionkey']?.includes(scope.run));
    const intents = asked.flatMap(({ body }, at) => (body.toString().includes('"EFFECT_INTENDED"') ? [at] : []));
    assert.ok(intents.length >= 10);
    const between = asked.slice(intents[0], intents.at(-1)).filter(({ operation }) => operation !== 'batch');
    assert.deepEqual(
      between.map(({ operation, path }) => `${operation} ${path}`),
      [],
    );
  });

  test('P2 P4 P7: with every eighth answer failing, lost or refused, runs end, and every record is in the books once', async (t) => {
    const random = seeded(2026);
    t.diagnostic(`seed ${random.seed}`);
    const met = new Map<string, number>();
    const week = '2026-W41';
    for (const [name, server] of Object.entries(engine.servers))
      if (name !== 'secrets') server.faults = randomFaults(random, 0.125, met);
    const scope = await again(() => engine.start('labour-cost-posting', { week }, week));
    await engine.until(scope, waiting, true);
    await again(() => engine.approve(scope).catch((error: unknown) => settled(scope, error)));
    const head = await engine.until(scope, ended, true);
    calm();
    await assertWhole(scope, head);
    assert.ok([...met.values()].reduce((sum, count) => sum + count, 0) > 10, 'faults were met');
    t.diagnostic(JSON.stringify(Object.fromEntries(met)));
  });

  test('P7: while the database is away nothing moves; when it is back the run goes on', async () => {
    const scope = await engine.start('labour-cost-posting', { week: '2026-W43' }, 'w43');
    engine.servers.cosmos.faults = () => ({ kind: 'status', status: 503 });
    await assert.rejects(engine.start('labour-cost-posting', { week: '2026-W44' }, 'w44'), {
      code: 'STORE_UNAVAILABLE',
    });
    await engine.sweep();
    calm();
    await assertWhole(scope, await approved(scope));
  });

  test('P7: while the vault and the keys are away the run waits and does not fail', async () => {
    for (const name of ['vault', 'keys-blob'] as const)
      engine.servers[name].faults = () => ({ kind: 'status', status: 503 });
    // The keys of this tenant are in memory; a new run needs one that is not.
    await assert.rejects(engine.start('labour-cost-posting', { week: '2026-W45' }, 'w45'), { code: 'KEY_UNAVAILABLE' });
    calm();
    const scope = await engine.start('labour-cost-posting', { week: '2026-W45' }, 'w45');
    await assertWhole(scope, await approved(scope));
  });

  /** As a client does: the same request again until it is answered. */
  async function again<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (tries === 10) throw error;
      }
    }
  }

  /** A decision whose answer was lost stands: asking again finds nothing open. */
  async function settled(scope: RunScope, error: unknown): Promise<void> {
    const request = (await engine.deps.runs.listDocuments(scope, 'request')).at(-1);
    if (request?.state !== 'APPROVED') throw error;
  }
});
