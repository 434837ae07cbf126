/**
 * Verifies a real deployment from end to end: forecast, deployment, twenty questions, a canary that no log may hold, restarts
 * while runs are on their way, cost. Needs a subscription; without one it says so and ends with 3. What it read is printed as
 * it happens.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageApp } from '../package/main.ts';
import { ask, az, hasAz } from './azure.ts';
import type { Credentials } from './azure.ts';
import { judgeLogs, plant, readSearch, searchFor } from './logs.ts';
import { readOptions, usage } from './options.ts';
import type { Options } from './options.ts';
import { costQuery, deployedFrom, readCost, readForecast, reconcile } from './reading.ts';
import type { Deployed } from './reading.ts';
import { questions, spoiled } from './smoke.ts';
import type { Memory, Question } from './smoke.ts';

const infra = join(import.meta.dirname, '..');

export async function verify(args: readonly string[]): Promise<number> {
  const read = readOptions(args);
  if ('problems' in read) return stop(2, `${read.problems.join('\n')}\n\n${usage}`);
  if (!hasAz())
    return stop(3, 'This needs the Azure CLI and a subscription: `az` is not on the path. Nothing was verified.');
  try {
    az('account', 'show');
  } catch {
    return stop(3, 'This needs a subscription: `az login` first. Nothing was verified.');
  }
  const { options } = read;
  // What the parameter files read: the options win over what an earlier deployment left in the environment.
  process.env['AZURE_ENV_NAME'] = options.environment;
  process.env['AZURE_LOCATION'] = options.location;
  if (!process.env['COUNTERSIGN_AUDIENCE'])
    return stop(
      2,
      'COUNTERSIGN_AUDIENCE is not set: register the API first (docs/operations.md, "Registering the API").',
    );
  try {
    return await stages(options);
  } catch (error) {
    return stop(1, error instanceof Error ? error.message : String(error));
  }
}

async function stages(options: Options): Promise<number> {
  let failures = 0;
  if (options.stages.includes('what-if')) failures += forecast(options);
  if (failures > 0) return stop(1, 'The forecast would delete records; nothing was deployed.');
  if (options.stages.includes('deploy')) deploy(options);
  const asks = options.stages.some((stage) => stage === 'smoke' || stage === 'logs' || stage === 'restarts');
  const deployed = outputs(options);
  if (asks) {
    const token = process.env['COUNTERSIGN_TOKEN'] ?? tokenOfCli();
    const credentials: Credentials = { good: token, ...spoiled(token) };
    if (options.stages.includes('smoke')) failures += await smoke(deployed, credentials);
    if (options.stages.includes('logs')) failures += await logs(deployed, credentials);
    if (options.stages.includes('restarts')) failures += await restarts(options, deployed, credentials);
  }
  if (options.stages.includes('cost')) cost(deployed);
  return failures === 0 ? 0 : 1;
}

function tokenOfCli(): string {
  const scope = `${process.env['COUNTERSIGN_AUDIENCE']}/.default`;
  try {
    return String((az('account', 'get-access-token', '--scope', scope) as { accessToken: string }).accessToken);
  } catch (error) {
    throw new Error(
      `No token for the API: set COUNTERSIGN_TOKEN, or \`az login --scope ${scope}\`. ${error instanceof Error ? error.message : ''}`,
      { cause: error },
    );
  }
}

function stop(code: number, message: string): number {
  process.stderr.write(`${message}\n`);
  return code;
}

function deployment(verb: string, options: Options): string[] {
  const parameters = join(infra, 'scenarios', `${options.scenario}.bicepparam`);
  return [
    'deployment',
    'sub',
    verb,
    '--name',
    `countersign-${options.environment}`,
    '--location',
    options.location,
    '--parameters',
    parameters,
  ];
}

function forecast(options: Options): number {
  const { counts, alarming } = readForecast(az(...deployment('what-if', options), '--no-pretty-print'));
  console.log(
    `forecast: ${
      Object.entries(counts)
        .map(([change, count]) => `${count} ${change}`)
        .join(', ') || 'no change'
    }`,
  );
  for (const id of alarming) console.log(`  would lose records: ${id}`);
  return alarming.length;
}

function deploy(options: Options): void {
  az(...deployment('create', options));
  const { group, app } = outputs(options);
  az(
    'functionapp',
    'deployment',
    'source',
    'config-zip',
    '--resource-group',
    group,
    '--name',
    app,
    '--src',
    packageApp(),
  );
  console.log(`deployed to ${group}`);
}

function outputs(options: Options): Deployed {
  const shown = az('deployment', 'sub', 'show', '--name', `countersign-${options.environment}`) as {
    properties: { outputs: Record<string, { value: string }> };
  };
  return deployedFrom(shown.properties.outputs);
}

async function smoke(deployed: Deployed, credentials: Credentials): Promise<number> {
  const memory: Memory = { key: randomUUID() };
  let failed = 0;
  for (const question of questions) {
    const wrong = await answer(question, memory, deployed, credentials);
    if (wrong !== null) failed += 1;
    console.log(`${wrong === null ? 'ok    ' : 'FAILED'} ${question.name}${wrong === null ? '' : `: ${wrong}`}`);
  }
  console.log(`smoke: ${questions.length - failed} passed, ${failed} failed`);
  return failed;
}

async function answer(
  question: Question,
  memory: Memory,
  deployed: Deployed,
  credentials: Credentials,
): Promise<string | null> {
  const until = performance.now() + (question.within ?? 0) * 1000;
  for (;;) {
    const wrong = await ask(deployed.url, question.ask(memory), credentials).then(
      (answered) => question.judge(answered, memory),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (wrong === null || performance.now() >= until) return wrong;
    await pause(2000);
  }
}

/** Searches the workspace for what must not be logged. The run is one of the workflow that the questions publish. */
async function logs(deployed: Deployed, credentials: Credentials): Promise<number> {
  const [workspace] = az('monitor', 'log-analytics', 'workspace', 'list', '--resource-group', deployed.group) as {
    customerId: string;
  }[];
  if (workspace === undefined) throw new Error(`${deployed.group} has no Log Analytics workspace`);
  const api = 'https://api.loganalytics.io';
  const url = `${api}/v1/workspaces/${workspace.customerId}/query`;
  const planted = plant();
  const statuses: number[] = [];
  for (const asked of planted.asks) statuses.push((await ask(deployed.url, asked, credentials)).status);
  const find = (token: string) => readSearch(post(url, searchFor(token), '--resource', api));
  const wrong = /^(404|410),202$/.test(statuses.join())
    ? await judgeLogs({ find, now: () => performance.now(), pause }, planted)
    : `the canary was not planted, the app answered ${statuses.join(' and ')}`;
  console.log(`logs: ${wrong === null ? 'the canary is in no table, the control was found' : `FAILED: ${wrong}`}`);
  return wrong === null ? 0 : 1;
}

/** `az rest` reads a body from a file: it would take one on the command line apart. */
function post(url: string, body: unknown, ...options: string[]): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
  const file = join(folder, 'query.json');
  try {
    writeFileSync(file, JSON.stringify(body));
    return az('rest', '--method', 'post', '--url', url, '--body', `@${file}`, ...options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts runs at an even rate while the app is restarted again and again; afterwards every acknowledged run must have succeeded. */
async function restarts(options: Options, deployed: Deployed, credentials: Credentials): Promise<number> {
  const acknowledged: string[] = [];
  const path = '/api/v1/workflows/verify-azure/runs';
  for (let i = 0; i < options.runs; i += 1) {
    if (i % Math.ceil(options.runs / options.restarts) === 0)
      az('functionapp', 'restart', '--resource-group', deployed.group, '--name', deployed.app);
    const headers = { 'idempotency-key': randomUUID() };
    const started = await ask(
      deployed.url,
      { method: 'POST', path, credential: 'good', headers, body: { input: { n: i } } },
      credentials,
    ).catch(() => null);
    const id = (started?.json as { id?: string } | null)?.id;
    if ((started?.status === 202 || started?.status === 200) && id !== undefined) acknowledged.push(id);
  }
  const states = new Map<string, string | null>();
  for (let round = 0; round < 60; round += 1) {
    for (const run of acknowledged.filter((one) => states.get(one) !== 'SUCCEEDED')) {
      const shown = await ask(
        deployed.url,
        { method: 'GET', path: `/api/v1/runs/${run}`, credential: 'good' },
        credentials,
      ).catch(() => null);
      if (shown)
        states.set(run, shown.status === 404 ? null : ((shown.json as { state?: string } | null)?.state ?? 'UNKNOWN'));
    }
    if (reconcile(acknowledged, states).open.length === 0) break;
    await pause(10_000);
  }
  const result = reconcile(acknowledged, states);
  console.log(
    `restarts: ${result.acknowledged} acknowledged, ${result.succeeded} succeeded, ${result.lost.length} lost, ${result.wrong.length} failed, ${result.open.length} open`,
  );
  return result.acknowledged - result.succeeded;
}

function cost(deployed: Deployed): void {
  const id = (az('group', 'show', '--name', deployed.group) as { id: string }).id;
  const [from, to] = [new Date(Date.now() - 30 * 86_400_000).toISOString(), new Date().toISOString()];
  const url = `${id}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`;
  const rows = readCost(post(url, costQuery(from, to)));
  for (const row of rows) console.log(`${row.amount.toFixed(2).padStart(10)} ${row.currency}  ${row.service}`);
  console.log(
    `cost of the last 30 days: ${rows.reduce((sum, row) => sum + row.amount, 0).toFixed(2)} (figures lag by up to a day)`,
  );
}
