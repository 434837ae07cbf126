/**
 * Figures of the Functions side of the local host: time from the command to the first answer, memory at rest, what a
 * call costs. The host is bundled as it is shipped; the sample is an app of five functions.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { loadApp } from '../../src/host/seam/app-loader.ts';

const root = join(import.meta.dirname, '../..');
const sample = join(root, 'test/host/apps/patterns-esm');
const plain = join(root, 'test/host/apps/hello-cjs');

export async function bench(): Promise<object[]> {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-host-'));
  const data = mkdtempSync(join(tmpdir(), 'bench-host-'));
  try {
    const entry = join(folder, 'host.mjs');
    await bundle(folder);
    return [...(await wholeHost(entry, data)), ...(await calls())];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(data, { recursive: true, force: true });
  }
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: { host: join(root, 'src/host/main.ts') },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    external: ['better-sqlite3', '@azure/functions-core'],
    banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
    logLevel: 'error',
  });
}

async function wholeHost(entry: string, data: string): Promise<object[]> {
  const startedAt = performance.now();
  const args = ['--disable-warning=ExperimentalWarning', entry, '--app', plain, '--port', '0', '--data', data];
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: host.stderr });
    lines.on('line', (line) => {
      const url = /listens on (http:\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
    host.once('exit', () => reject(new Error('the host ended')));
  });
  const url = `${address}/api/plain`;
  await (await fetch(url)).text();
  const startMs = performance.now() - startedAt;
  const child = Number(readFileSync(`/proc/${host.pid}/task/${host.pid}/children`, 'utf8').trim().split(' ')[0]);
  const rest = () => new Promise((resolve) => setTimeout(resolve, 2000));
  const mb = (pid: number) =>
    Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  await rest();
  const idle = { mb: mb(child) + ownMb(host.pid ?? 0), hostMb: mb(child), supervisorMb: mb(host.pid ?? 0) };
  const { sequential, concurrent } = await requests(url);
  await rest();
  const rows = [
    { name: 'host start to first answer', ms: Math.round(startMs), target: 1000 },
    { name: 'idle memory of host, app and supervisor, pages they share counted once', ...idle, target: 120 },
    { name: 'the same at rest after 5,500 requests', mb: mb(child) },
    { name: 'HTTP request, one at a time', p50us: sequential },
    { name: 'HTTP requests, 32 at once', perSecond: concurrent },
  ];
  host.kill('SIGTERM');
  await new Promise((resolve) => host.once('exit', resolve));
  return rows;
}

/** What a process holds alone. The rest of the supervisor is the text of Node, which host and app hold as well. */
function ownMb(pid: number): number {
  const pages = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...pages.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, own]) => sum + Number(own), 0);
  return Math.round(kib / 1024);
}

async function requests(url: string): Promise<{ sequential: number; concurrent: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const once = () =>
    new Promise<void>((resolve, reject) => {
      request(url, { agent }, (response) => response.resume().once('end', resolve))
        .once('error', reject)
        .end();
    });
  for (let n = 0; n < 500; n += 1) await once();
  const times: number[] = [];
  for (let n = 0; n < 1000; n += 1) {
    const at = performance.now();
    await once();
    times.push(performance.now() - at);
  }
  const startedAt = performance.now();
  const total = 4000;
  let left = total;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (left-- > 0) await once();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { sequential: Math.round((times[times.length >> 1] ?? 0) * 1000), concurrent: Math.round(total / seconds) };
}

async function calls(): Promise<object[]> {
  const app = await loadApp(sample);
  const time = async (rounds: number, call: () => Promise<unknown>) => {
    for (let n = 0; n < rounds / 5; n += 1) await call();
    const startedAt = performance.now();
    for (let n = 0; n < rounds; n += 1) await call();
    return Math.round(((performance.now() - startedAt) / rounds) * 10_000) / 10;
  };
  const direct = await time(50_000, () => app.invoke('square', { trigger: {}, direct: { input: 3 } }));
  const wire = await time(50_000, () => app.invoke('square', { trigger: { string: '3' } }));
  await app.stop();
  return [
    { name: 'activity call, direct', us: direct },
    { name: 'activity call, wire', us: wire },
  ];
}
