/** Minutes without a part of the platform, in fast time: the run waits, loses nothing, uses up no attempt, and goes on by itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { ended, openAzureEngine, type AzureEngine } from '../../support/azure/engine.ts';
import type { ServiceName } from '../../support/azure/estate.ts';
import { down, throttled } from '../../support/azure/faults.ts';
import { testCredential } from '../../support/azure/platform.ts';
import { seeded } from '../../support/seeded.ts';

const SPEED = 60;
/** What an outage has put off comes soon. */
const CALM = 8;
/** Three minutes: longer than five lanes take to fail one after the other. */
const LONG = 180_000 / SPEED;

const asking = (head: Head): boolean =>
  ended(head) || head.rows.some((row) => row.state === 'SUSPENDED' && row.reason === 'APPROVAL');

describe('minutes of outage', () => {
  let engine: AzureEngine;
  let withoutTokens = false;
  const credential: TokenCredential = {
    getToken: async (scopes) => {
      if (withoutTokens) throw Object.assign(new Error('planted'), { name: 'CredentialUnavailableError' });
      return testCredential.getToken(scopes);
    },
  };
  let week = 10;

  before(async () => (engine = await openAzureEngine({ credential, timeout: 'PT20M' })));
  after(() => engine.close());
  afterEach(calm);

  function calm(): void {
    withoutTokens = false;
    for (const server of Object.values(engine.servers)) server.faults = null;
    engine.faults.length = 0;
  }

  const begin = (): Promise<RunScope> => {
    const name = `2026-W${(week += 1)}`;
    return engine.start('labour-cost-posting', { week: name }, name);
  };

  /** Time passes fast; sweeps come as by the timer, each ten seconds. */
  async function pass(ms: number): Promise<void> {
    engine.clock.speed = SPEED;
    for (let waited = 0; waited < ms; waited += 10_000 / SPEED) {
      await engine.sweep();
      await delay(10_000 / SPEED);
    }
    engine.clock.speed = CALM;
  }

  const headOf = async (scope: RunScope): Promise<Head> => engine.until(scope, () => true);

  /** The books of the ERP say what was really written. */
  function assertWrittenOnce(): void {
    const lines = readFileSync(join(engine.directory, 'erp-ledger.jsonl'), 'utf8').split('\n').filter(Boolean);
    const entries = lines.flatMap((line) => (JSON.parse(line) as { entries: { entryId: string }[] }).entries);
    const written = entries.map((entry) => JSON.stringify({ ...entry, entryId: null }));
    assert.ok(written.length > 0);
    assert.equal(new Set(written).size, written.length, 'a record stands twice in the books');
  }

  async function assertEndsWell(scope: RunScope): Promise<void> {
    const head = await engine.until(scope, asking, true);
    if (!ended(head)) await engine.approve(scope);
    const last = await engine.until(scope, ended, true);
    assert.equal(last.state, 'SUCCEEDED', JSON.stringify(last.rows.map((row) => [row.id, row.state, row.errorCode])));
    assert.ok(
      last.rows.every((row) => row.attempt <= 1),
      'an outage of ours is nobody’s attempt',
    );
    assertWrittenOnce();
  }

  function assertStands(head: Head): void {
    assert.ok(!ended(head), `the run ended: ${head.state}`);
    assert.ok(
      head.rows.every((row) => row.state !== 'FAILED'),
      JSON.stringify(head.rows.map((row) => [row.id, row.state, row.errorCode])),
    );
  }

  const PARTS: readonly (readonly [what: string, services: readonly ServiceName[], code: string])[] = [
    // First, because a credential that was read before is remembered for five minutes.
    ['the vault of secrets', ['secrets'], 'STORE_UNAVAILABLE'],
    ['the vault and the account of keys', ['vault', 'keys-blob'], 'KEY_UNAVAILABLE'],
    ['blobs', ['blob'], 'STORE_UNAVAILABLE'],
    ['the directory', ['graph'], 'STORE_UNAVAILABLE'],
  ];
  for (const [what, services, code] of PARTS)
    test(`P7 K9: without ${what} the run waits, and the fault is told`, async () => {
      const scope = await begin();
      for (const name of services) engine.servers[name].faults = () => down;
      engine.deps.keys.forget({ tenant: scope.tenant, kind: 'run', id: scope.run });
      await pass(LONG);
      assertStands(await headOf(scope));
      assert.ok(engine.faults.includes(code), [...new Set(engine.faults)].join());
      assert.equal((await engine.deps.runs.listOpenRequests(scope.tenant, 50, null)).items.length, 0);
      calm();
      await assertEndsWell(scope);
    });

  test('P7 P4: without blobs and secrets in the middle of a write it waits, and every record is written once', async () => {
    const scope = await begin();
    await engine.until(scope, asking, true);
    for (const name of ['blob', 'secrets'] as const) engine.servers[name].faults = () => down;
    await engine.approve(scope).catch(() => undefined);
    await pass(LONG);
    assertStands(await headOf(scope));
    calm();
    await assertEndsWell(scope);
  });

  test('P7: without a token of the platform nothing moves; with one again everything goes on', async () => {
    const scope = await begin();
    withoutTokens = true;
    engine.deps.keys.forget({ tenant: scope.tenant, kind: 'run', id: scope.run });
    await pass(LONG);
    assertStands(await headOf(scope));
    calm();
    await assertEndsWell(scope);
  });

  test('P7: a database that throttles four of five requests is slow, and nothing more', async (t) => {
    const random = seeded(429);
    t.diagnostic(`seed ${random.seed}`);
    const scope = await begin();
    engine.servers.cosmos.faults = ({ operation }) =>
      operation !== 'metadata' && random.next() < 0.8 ? throttled : null;
    await pass(LONG);
    assertStands(await headOf(scope));
    calm();
    await assertEndsWell(scope);
  });

  test('P3: without the directory nobody can decide; nothing is decided by its absence', async () => {
    const scope = await begin();
    await engine.until(scope, asking, true);
    engine.servers.graph.faults = () => down;
    await assert.rejects(engine.approve(scope), { code: 'STORE_UNAVAILABLE' });
    const [request] = await engine.deps.runs.listDocuments(scope, 'request');
    assert.deepEqual([request?.state, request?.decisions.length], ['OPEN', 0]);
    calm();
    await assertEndsWell(scope);
  });
});
