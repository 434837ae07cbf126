/** `kill -9` of a writing process: whatever was acknowledged is there, whole and readable, and nothing half-written is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tenantId } from '../../src/domain/ids.ts';
import { openLocalPlatform, type LocalPlatform } from '../../src/platform/local/platform.ts';
import { brokenAt } from '../../src/platform/common/tenant-chain.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { scopeOf } from '../support/run-samples.ts';
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

test('a second host on the same folder is refused, and may start once the first is gone', async (t) => {
  const directory = temporaryFolder(t);
  const first = await openLocalPlatform({ directory });
  const second = await killedOrRefused(directory);
  assert.match(second, /STORE_UNAVAILABLE/);
  await first.close();
  await (await openLocalPlatform({ directory })).close();
});

test('a worker that starts beside the one it replaces waits, without standing still, and has every record of the killed one', async (t) => {
  const directory = temporaryFolder(t);
  let next: Promise<LocalPlatform> | null = null;
  let turns = 0;
  const acknowledged = await new Promise<string[]>((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, directory, 'old']);
    let output = '';
    child.on('error', reject);
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      next ??= openLocalPlatform({ directory });
      // It can only be killed if opening leaves this process its turns.
      if ((turns += 1) === 50) child.kill('SIGKILL');
    });
    child.on('close', () => resolve(output.split('\n').slice(0, -1)));
  });
  assert.ok(turns >= 50, 'the first process was stopped by the second');
  const platform = await (next as unknown as Promise<LocalPlatform>);
  await check(platform, acknowledged);
  await platform.close();
});

/** Tries to open the folder in another process without waiting; gives what it printed. */
function killedOrRefused(directory: string): Promise<string> {
  const module = join(import.meta.dirname, '..', '..', 'src', 'platform', 'local', 'platform.ts');
  const code = `import(${JSON.stringify(module)}).then((m) => m.openLocalPlatform({ directory: ${JSON.stringify(directory)}, waitMs: 50 }))
    .then(() => console.log('opened'), (error) => console.log(error.code)).then(() => process.exit());`;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', code]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', () => resolve(output));
  });
}
