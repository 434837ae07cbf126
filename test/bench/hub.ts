/**
 * Figures of the task hub: activities per second in shards, a chain of 500, a fan-out of 5,000 in one orchestrator, and what a
 * waiting instance costs. Each figure is the median of a few runs on a fresh file.
 */
import { statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testHub, type TestHub } from '../host/hub/support.ts';

interface Row {
  area: 'hub';
  figure: string;
  value: number;
  unit: string;
  target?: number;
  durability: 'FULL' | 'NORMAL';
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function median(count: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < count; i += 1) values.push(await measure());
  return values.toSorted((a, b) => a - b)[Math.floor(count / 2)] as number;
}

async function withHub<T>(durability: Row['durability'], body: (hub: TestHub) => Promise<T>): Promise<T> {
  const hub = await testHub({ durability });
  try {
    return await body(hub);
  } finally {
    await hub.stop();
  }
}

async function shards(durability: Row['durability']): Promise<Row> {
  const [count, width] = [100, 100];
  const ms = await median(3, () =>
    withHub(durability, async (hub) => {
      await hub.run('fan', { n: 10 });
      return timed(() => Promise.all(Array.from({ length: count }, () => hub.run('fan', { n: width }))));
    }),
  );
  return row('activities in shards', Math.round((count * width) / (ms / 1000)), 'activities/s', durability, 10_000);
}

async function chain(durability: Row['durability']): Promise<Row> {
  const ms = await median(3, () => withHub(durability, (hub) => timed(() => hub.run('chain', { n: 500 }))));
  return row('chain of 500', Math.round(ms), 'ms', durability, 700);
}

async function fanOut(durability: Row['durability']): Promise<Row> {
  const ms = await median(3, () => withHub(durability, (hub) => timed(() => hub.run('fan', { n: 5000 }))));
  return row('fan-out of 5000', Math.round(ms), 'ms', durability, 1500);
}

/** 50 lanes at a time, 12 activities each, one after another: the shape of a governed run. */
async function lanes(durability: Row['durability']): Promise<Row> {
  const ms = await median(3, () =>
    withHub(durability, (hub) =>
      timed(() => Promise.all(Array.from({ length: 200 }, () => hub.run('chain', { n: 12 })))),
    ),
  );
  return row('200 lanes of 12 steps', Math.round(2400 / (ms / 1000)), 'steps/s', durability);
}

async function waiting(): Promise<Row[]> {
  setFlagsFromString('--expose_gc');
  const gc = runInNewContext('gc') as () => void;
  return withHub('NORMAL', async (hub) => {
    const settle = async () => {
      for (let i = 0; i < 4; i += 1) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return process.memoryUsage().heapUsed;
    };
    await hub.until(await hub.start('race', { ms: 3_600_000 }), 'Running');
    const diskBefore = await onDisk(hub);
    const before = await settle();
    const count = 3000;
    for (let done = 0; done < count; done += 50) {
      const ids = await Promise.all(Array.from({ length: 50 }, () => hub.start('race', { ms: 3_600_000 })));
      await hub.until(ids.at(-1) as string, 'Running');
    }
    const after = await settle();
    return [
      row('memory of a waiting instance', Math.round((after - before) / count), 'bytes', 'NORMAL', 5120),
      row('disk of a waiting instance', Math.round(((await onDisk(hub)) - diskBefore) / count), 'bytes', 'NORMAL'),
    ];
  });
}

/** Size of the file after a restart, which brings everything from the log into it. */
async function onDisk(hub: TestHub): Promise<number> {
  await hub.restart();
  return statSync(hub.file).size;
}

function row(figure: string, value: number, unit: string, durability: Row['durability'], target?: number): Row {
  return { area: 'hub', figure, value, unit, durability, ...(target === undefined ? {} : { target }) };
}

export async function bench(): Promise<object[]> {
  const rows: Row[] = [];
  for (const durability of ['NORMAL', 'FULL'] as const) {
    rows.push(await shards(durability), await chain(durability), await fanOut(durability), await lanes(durability));
  }
  rows.push(...(await waiting()));
  return rows;
}

if (process.argv[1] === import.meta.filename) for (const one of await bench()) console.log(JSON.stringify(one));
