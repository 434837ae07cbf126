/**
 * The engine as a user meets it: built product, real HTTP, every record on the disk before its answer (FULL). Each figure in
 * rounds, smallest to largest; processor time is that of host and app together, all threads.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { BOOKS, GOVERNED, STEPS_10 } from '../support/workflows.ts';
import { childOf, cpuUs, inRounds, residentKiB, spread } from './measure.ts';

const RUNS = 200;
const STEPS = 10;
/** Until the code is compiled: the rate climbs for so long. */
const WARM_ROUNDS = 6;
/** Every question takes its share of the process that works. */
const ASK_MS = 25;

export async function* bench(): AsyncGenerator<object> {
  const product = await startProduct();
  try {
    const erp = erpUrl(product);
    const texts = [STEPS_10, BOOKS(erp), GOVERNED];
    const applied = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    if (applied.status !== 200) throw new Error(JSON.stringify(applied.body));
    for (let warm = 0; warm < WARM_ROUNDS; warm++) await throughput(product);
    yield await alone(product);
    yield* await together(product);
    yield* await waiting(product);
    yield await afterKill(product);
    yield await secondStart(product);
  } finally {
    await product.remove();
  }
}

const hostOf = (product: Product): number => childOf(product.pid());
const between = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

async function start(product: Product, workflow: string, input: unknown = {}): Promise<string> {
  const { status, body } = await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input });
  if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.id;
}

/** `count` runs, `width` requests at once; their ids in the order of their answers. */
async function startMany(product: Product, workflow: string, count: number, width: number): Promise<string[]> {
  const runs: string[] = [];
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) runs.push(await start(product, workflow, { amount: 100 + left }));
  };
  await Promise.all(Array.from({ length: width }, one));
  return runs;
}

const ENDED: readonly string[] = ['SUCCEEDED', 'FAILED', 'CANCELLED'];
async function reached(product: Product, run: string, state = 'SUCCEEDED', askMs = ASK_MS): Promise<any> {
  for (;;) {
    const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}`);
    if (body.state === state) return body;
    if (ENDED.includes(body.state)) throw new Error(JSON.stringify(body));
    await sleep(askMs);
  }
}

async function alone(product: Product): Promise<object> {
  const medians = await inRounds(5, async () => {
    const times = await inRounds(40, async () => {
      const run = await start(product, 'steps-10');
      await sleep(ASK_MS);
      const { createdAt, endedAt } = await reached(product, run);
      return between(createdAt, endedAt);
    });
    return spread(times).median as number;
  });
  const figure = '10 trivial persisted steps, one run alone, created to ended: p50 of 40 runs';
  return { figure, unit: 'ms', ...spread(medians), durability: 'FULL', target: '≤ 10' };
}

async function throughput(product: Product): Promise<{ perSecond: number; cpuUsPerStep: number }> {
  const before = cpuUs(hostOf(product));
  const runs = await startMany(product, 'steps-10', RUNS, 50);
  await reached(product, runs.at(-1) as string);
  const used = cpuUs(hostOf(product)) - before;
  const views = [];
  for (const run of runs) views.push(await reached(product, run));
  const from = Math.min(...views.map((view) => Date.parse(view.createdAt)));
  const to = Math.max(...views.map((view) => Date.parse(view.endedAt)));
  return { perSecond: (RUNS * STEPS * 1000) / (to - from), cpuUsPerStep: used / (RUNS * STEPS) };
}

async function together(product: Product): Promise<object[]> {
  const rounds = await inRounds(7, () => throughput(product));
  const figure = `${RUNS} runs of ${STEPS} trivial steps, 50 starts at once, after ${WARM_ROUNDS} rounds`;
  const rates = spread(rounds.map((round) => round.perSecond));
  const used = spread(rounds.map((round) => round.cpuUsPerStep));
  return [
    { figure, unit: 'steps/s', ...rates, durability: 'FULL', target: '≥ 2500' },
    { figure: `${figure}: processor time, starting included`, unit: 'µs/step', ...used, durability: 'FULL' },
  ];
}

const FILES = ['records.db', 'keys.db', 'hub.sqlite'].flatMap((file) => [file, `${file}-wal`]);
function diskKiB(product: Product): number {
  const sizeOf = (file: string): number => statSync(join(product.data, file), { throwIfNoEntry: false })?.size ?? 0;
  return FILES.reduce((sum, file) => sum + sizeOf(file), 0) / 1024;
}

/** After a warm-up: the heap of a new process grows to its working size whatever it is asked to keep. */
const WARM_UP = 3000;
const WAITING = 2000;

async function waiting(product: Product): Promise<object[]> {
  const used = () => ({ memory: residentKiB(hostOf(product)), disk: diskKiB(product) });
  const none = used();
  await suspend(product, WARM_UP);
  const before = used();
  const runs = await suspend(product, WAITING);
  const after = used();
  const each = (kind: 'memory' | 'disk') => Number(((after[kind] - before[kind]) / WAITING).toFixed(1));
  const MiB = { before: none.memory >> 10, with3000: before.memory >> 10, with5000: after.memory >> 10 };
  const times = await inRounds(3, async () => spread(await approvals(product, runs.splice(0, 50))).median as number);
  const figure = 'one waiting run (GOVERN, PUSH)';
  return [
    {
      figure: `${figure}, of ${WAITING} after ${WARM_UP} others`,
      unit: 'KiB',
      value: each('memory'),
      MiB,
      target: '≤ 25',
    },
    { figure: `${figure} on the disk`, unit: 'KiB', value: each('disk') },
    {
      figure: 'approve → done of that run: p50 of 50',
      unit: 'ms',
      ...spread(times),
      durability: 'FULL',
      target: '≤ 50',
    },
  ];
}

async function suspend(product: Product, count: number): Promise<string[]> {
  const runs = await startMany(product, 'governed-posting', count, 20);
  for (const run of runs) await reached(product, run, 'SUSPENDED');
  // Notices are delivered, and the collector has had its turn.
  await sleep(3000);
  return runs;
}

async function approvals(product: Product, runs: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const run of runs) {
    const { body } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    const vote = { decision: 'approve', revision: body.revision, digest: body.digest };
    await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, vote);
    const done = await reached(product, run, 'SUCCEEDED', 5);
    const { body: receipt } = await product.call('approver', 'GET', `/api/v1/receipts/${run}~2`);
    times.push(between(receipt.at, done.endedAt));
  }
  return times;
}

async function afterKill(product: Product): Promise<object> {
  const rounds = await inRounds(3, async () => {
    const runs = await startMany(product, 'allowed-posting', RUNS, 50);
    await product.kill();
    await product.restart();
    const ready = performance.now();
    for (const run of runs) await reached(product, run);
    const seconds = (performance.now() - ready) / 1000;
    const written = ledgerOf(product).flatMap((posting) => posting.entries.map((entry: any) => entry.externalId));
    for (const run of runs) {
      const times = written.filter((id) => id?.startsWith(run)).length;
      if (times !== 1) throw new Error(`run ${run} is ${times} times in the ledger`);
    }
    return seconds;
  });
  const figure = `kill -9 of everything with ${RUNS} runs under way: all done after restart, each once in the ledger`;
  return { figure, unit: 's', ...spread(rounds), durability: 'FULL', target: '≤ 3' };
}

async function secondStart(product: Product): Promise<object> {
  const rounds = await inRounds(3, async () => {
    await product.interrupt();
    const begun = performance.now();
    await product.restart();
    return (performance.now() - begun) / 1000;
  });
  return { figure: 'a second start, until it is ready', unit: 's', ...spread(rounds), target: '≤ 3' };
}
