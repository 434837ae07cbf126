/** `kill -9` of a writing process: whatever was acknowledged is there, whole and readable, and nothing half-written is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tenantId } from '../../src/domain/ids.ts';
import type { Head } from '../../src/domain/run/head.ts';
import { openLocalPlatform, type LocalPlatform } from '../../src/platform/local/platform.ts';
import { brokenAt } from '../../src/platform/common/tenant-chain.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { instant, sampleBatch, sampleHead, sampleNext, scopeOf } from '../support/run-samples.ts';
import { seeded } from '../support/seeded.ts';

const WRITER = fileURLToPath(new URL('../support/crash-writer.ts', import.meta.url));
const A = tenantId('tenant-a');

/** Runs the writer until it has printed `lines` lines, kills it, and gives all lines that came whole. */
function killedAfter(directory: string, name: string, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, directory, name], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(output.split('\n').slice(0, -1));
      else reject(new Error(`the writer ended by itself: ${errors}`));
    });
  });
}

async function check(platform: LocalPlatform, acknowledged: readonly string[]): Promise<void> {
  const heads = new Map<string, number>();
  for (const line of acknowledged) {
    const [what, name = '', seq] = line.split(' ');
    if (what === 'head') heads.set(name, Math.max(heads.get(name) ?? 0, Number(seq)));
    if (what === 'destroyed')
      await assert.rejects(platform.keys.get({ tenant: A, kind: 'run', id: name }, 'step'), { code: 'KEY_DESTROYED' });
  }
  for (const [run, seq] of heads) {
    const scope = scopeOf('tenant-a', run);
    const stored = await platform.runs.readHead(scope);
    assert.ok(
      stored && stored.head.audit.seq >= seq,
      `${run} stands at ${stored?.head.audit.seq}, ${seq} was acknowledged`,
    );
    const chain = await platform.runs.readAudit(scope, 1, 100_000);
    assert.deepEqual(
      chain.map((record) => record.seq),
      Array.from({ length: stored.head.audit.seq }, (_, n) => n + 1),
    );
    const results = await platform.runs.listDocuments(scope, 'result');
    assert.equal(results.length, stored.head.audit.seq - 1, 'one document a commit');
    for (const result of results.slice(-20)) {
      const place = { ...scope, kind: 'run' as const, id: run, path: 'step/1', field: 'output', attempt: 1 };
      const value = (await platform.vault.open(place, result.value)) as { seq: number };
      assert.equal(result.id, `result~1~1~${value.seq}`);
    }
  }
  const logged = acknowledged.flatMap((line) => (line.startsWith('log ') ? [Number(line.slice(4))] : []));
  const log = await platform.tenantLog.read(A, 1, 100_000);
  assert.equal(brokenAt(log), null);
  assert.ok(log.length >= Math.max(0, ...logged));
}

test('three writers killed one after the other on one folder lose nothing that they acknowledged', async (t) => {
  const directory = temporaryFolder(t);
  const random = seeded(9);
  t.diagnostic(`seed ${random.seed}`);
  const acknowledged: string[] = [];
  for (let n = 0; n < 3; n++) {
    acknowledged.push(...(await killedAfter(directory, `w${n}`, 100 + random.below(400))));
    const platform = await openLocalPlatform({ directory });
    await check(platform, acknowledged);
    await platform.close();
  }
  assert.ok(
    acknowledged.some((line) => line.startsWith('destroyed')) && acknowledged.some((line) => line.startsWith('log')),
  );
});

test('two workers on one folder, as when a host starts the next one before the last is gone: nothing is lost, one chain', async (t) => {
  const directory = temporaryFolder(t);
  const both = await Promise.all(['old', 'new'].map((name) => killedAfter(directory, name, 1_000)));
  for (const lines of both) assert.ok(lines.length > 50, 'one was held up by the other');
  const platform = await openLocalPlatform({ directory });
  await check(platform, both.flat());
  await platform.close();
});

test('of two workers that commit over the same head one is told of the other', async (t) => {
  const directory = temporaryFolder(t);
  const workers = [await openLocalPlatform({ directory }), await openLocalPlatform({ directory })] as const;
  t.after(() => Promise.all(workers.map((each) => each.close())));
  const scope = scopeOf('tenant-a', 'contended');
  const head = sampleHead(scope, 5);
  await workers[0].runs.create(scope, sampleBatch(head));
  const changes: readonly Partial<Head>[] = [
    {},
    { nextDue: instant(1) },
    { state: 'SUSPENDED' },
    { nextDue: null, state: 'RUNNING' },
  ];
  for (let n = 0; n < 20; n++) {
    const seen = await Promise.all(workers.map(({ runs }) => runs.readHead(scope)));
    const outcomes = await Promise.all(
      seen.map((stored, at) => {
        assert.ok(stored);
        return workers[at as 0 | 1].runs.commit(
          scope,
          stored.etag,
          sampleBatch(sampleNext(stored.head, changes[n % 4])),
        );
      }),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'conflict').length, 1);
  }
});
