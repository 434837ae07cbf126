/** Runs the reference workflows on the doubles and prints, as JSON, what each run asked of every service. For `npm run cost`. */
import type { CosmosRequest } from '../../../src/build/cost/rates.ts';
import type { Measured } from '../../../src/build/cost/report.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { ended, openAzureEngine, waiting, type AzureEngine } from './engine.ts';
import type { Asked } from './https-server.ts';

type Log = readonly Asked[];

const WRITES = { Create: 'create', Upsert: 'upsert', Replace: 'replace', Delete: 'delete' } as const;

function cosmosRequest(asked: Asked): CosmosRequest | null {
  switch (asked.operation) {
    case 'batch': {
      const operations = JSON.parse(asked.body.toString()) as {
        operationType: keyof typeof WRITES;
        resourceBody?: object;
      }[];
      return {
        kind: 'batch',
        items: operations.map(({ operationType, resourceBody }) => ({
          write: WRITES[operationType],
          bytes: resourceBody === undefined ? 0 : Buffer.byteLength(JSON.stringify(resourceBody)),
        })),
      };
    }
    case 'upsert':
      return { kind: 'upsert', items: [{ write: 'upsert', bytes: asked.body.length }] };
    case 'read':
      return {
        kind: asked.answered?.status === 304 ? 'unchanged' : 'read',
        items: [{ write: null, bytes: asked.answered?.bytes ?? 0 }],
      };
    case 'query':
      return { kind: 'query', items: [{ write: null, bytes: asked.answered?.bytes ?? 0 }] };
    default:
      return null;
  }
}

/** Months later the run's key goes; no part of what a run costs. */
const isForRetention = ({ kind }: Head['outbox'][number]): boolean => kind === 'drop-key';
const isSweep = ({ operation, body }: Asked): boolean =>
  operation === 'query' && body.toString().includes('c.nextDue <= @now');

const count = (log: Log, ...operations: readonly string[]): number =>
  log.filter(({ operation }) => operations.includes(operation)).length;

async function measure(engine: AzureEngine, workflow: string, input: JsonObject, key: string): Promise<Measured> {
  const before = { ...engine.lanes.counts };
  for (const server of Object.values(engine.servers)) server.log.length = 0;
  const scope = await engine.start(workflow, input, key);
  const stopped = await engine.until(scope, waiting);
  if (!ended(stopped)) await engine.approve(scope);
  await engine.until(scope, ended);
  // What is left for after the end: the slot, the notices.
  await engine.sweep();
  const head = await engine.until(scope, (now) => ended(now) && now.outbox.every(isForRetention), true);
  const { cosmos, blob, 'keys-blob': keyBlob, vault, secrets, graph } = engine.servers;
  // The sweep's own question is a standing cost, told apart.
  const requests = cosmos.log.filter((asked) => !isSweep(asked)).flatMap((asked) => cosmosRequest(asked) ?? []);
  const effects = await engine.deps.runs.listDocuments(scope, 'effect');
  const { counts } = engine.lanes;
  return {
    workflow,
    steps: head.rows.length - 2,
    records: effects.length,
    durable: {
      orchestrations: counts.orchestrations - before.orchestrations,
      activities: counts.activities - before.activities,
      timers: counts.timers - before.timers,
      events: counts.events - before.events,
    },
    cosmos: requests,
    blob: { reads: count(blob.log, 'read', 'look'), writes: count(blob.log, 'write', 'list') },
    keyBlob: { reads: count(keyBlob.log, 'read', 'look'), writes: count(keyBlob.log, 'write', 'list') },
    vault: { keys: count(vault.log, 'get-key', 'wrap', 'unwrap'), secrets: count(secrets.log, 'secret-get') },
    graph: graph.log.length,
  };
}

const engine = await openAzureEngine();
try {
  const first = await measure(engine, 'labour-cost-posting', { week: '2026-W40' }, 'first');
  const runs = [
    await measure(engine, 'labour-cost-posting', { week: '2026-W41' }, 'second'),
    await measure(engine, 'inventory-reorder-alerts', {}, 'alerts'),
  ];
  engine.servers.cosmos.log.length = 0;
  await engine.deps.runs.listDue(engine.deps.clock.now(), 400);
  const due = engine.servers.cosmos.log.flatMap((asked) => cosmosRequest(asked) ?? []);
  process.stdout.write(JSON.stringify({ first, runs, due }));
} finally {
  await engine.close();
}
