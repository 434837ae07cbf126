/**
 * The whole product on the Azure platform: every service a double behind the real SDKs, the demo's outside systems, real use
 * cases and activities, lanes in this process. For fault tests and for the cost model.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Deps } from '../../../src/ports/deps.ts';
import { laneActivities } from '../../../src/activities/register.ts';
import { VERBS } from '../../../src/activities/verbs.ts';
import { applyDefinitions } from '../../../src/app/apply-definitions.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { startRun } from '../../../src/app/start-run.ts';
import { sweepRuns } from '../../../src/app/sweep-runs.ts';
import { compose } from '../../../src/composition/services.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { startDemo } from '../../../src/demo/start.ts';
import { principalId, runId, tenantId, workflowId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { isEndState, type Head } from '../../../src/domain/run/head.ts';
import { systemClock } from '../../../src/platform/common/system-clock.ts';
import { openEstate, type Estate, type ServiceName } from './estate.ts';
import type { RunningService } from './https-server.ts';
import { lanesInProcess, type InProcessLanes } from './lanes-in-process.ts';
import { testCredential } from './platform.ts';

export const TENANT = tenantId('3f0c9a52-1f5b-4a5e-9d5a-0c5b8f4b7a11');
const AUDIENCE = 'countersign-test';
const PEOPLE = [
  { id: 'starter', name: 'Starter', email: 'starter@example.test', roles: ['starter'] },
  { id: 'approver', name: 'Approver', email: 'approver@example.test', roles: ['approver'], groups: ['finance'] },
  { id: 'owner', name: 'Owner', email: 'owner@example.test', roles: ['author', 'publisher', 'governor'] },
];

export interface AzureEngine {
  readonly deps: Deps;
  readonly lanes: InProcessLanes;
  readonly servers: Readonly<Record<ServiceName, RunningService>>;
  readonly doubles: Estate['doubles'];
  /** Lines of the ERP's own ledger and everything else that reached it. */
  readonly demo: Awaited<ReturnType<typeof startDemo>>;
  readonly directory: string;
  /** Codes of the faults that were told. */
  readonly faults: string[];
  readonly clock: EngineClock;
  apply(texts: readonly string[]): Promise<void>;
  start(workflow: string, input: JsonObject, key?: string): Promise<RunScope>;
  /** Until the run is in one of these states; sweeps on the way when `sweeping`. */
  until(scope: RunScope, done: (head: Head) => boolean, sweeping?: boolean): Promise<Head>;
  approve(scope: RunScope): Promise<void>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly credential?: TokenCredential;
  /** Of each step of the workflows, instead of their own: for time that runs faster than the machine. */
  readonly timeout?: string | null;
}

export interface EngineClock extends Clock {
  /** How fast time passes from now on; sleeps that have begun keep their speed. */
  speed: number;
}

/** What services are given to answer stays real. */
function engineClock(): EngineClock {
  let speed = 1;
  let at = Date.now();
  let since = at;
  const nowMs = (): number => at + (Date.now() - since) * speed;
  return {
    get speed() {
      return speed;
    },
    set speed(next) {
      [at, since, speed] = [nowMs(), Date.now(), next];
    },
    now: () => new Date(nowMs()).toISOString(),
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}

export async function openAzureEngine({
  credential = testCredential,
  timeout = null,
}: EngineOptions = {}): Promise<AzureEngine> {
  const clock = engineClock();
  const directory = mkdtempSync(join(tmpdir(), 'countersign-azure-'));
  const estate = await openEstate({ tenant: TENANT, audience: AUDIENCE, people: PEOPLE });
  const { doubles, servers } = estate;
  const demo = await startDemo({ directory, ports: { fieldOps: 0, erp: 0 } });
  const platform = estate.platform({ credential, clock });
  // The rest of the product as it is wired locally: its doors to the demo's systems on the loopback are open there only.
  const settings = readSettings({
    COUNTERSIGN_PUBLIC_URL: 'https://countersign.example.test',
    COUNTERSIGN_AUDIENCE: AUDIENCE,
    COUNTERSIGN_DATA: directory,
    COUNTERSIGN_ALLOW_PRIVATE: '*',
    COUNTERSIGN_ISSUERS: '[{"issuer":"https://test.example","jwks":{"keys":[{"kty":"RSA"}]}}]',
    COUNTERSIGN_LOG: 'error',
    COUNTERSIGN_SILENCE_MS: '300',
  });
  const composed = await compose(settings, 'test', platform);
  const lanes = lanesInProcess(clock);
  const faults: string[] = [];
  const deps: Deps = {
    ...composed.deps,
    lanes,
    telemetry: { event: () => undefined, fault: (code) => `error-${faults.push(code)}`, within: (_work, run) => run() },
  };
  lanes.activities = laneActivities(deps, VERBS);
  for (const [name, value] of Object.entries(demo.secrets))
    await deps.secrets.set(TENANT, name, value, ['127.0.0.1', 'localhost']);
  const validation = { ...deps, checkConnector: composed.checkConnector };
  const apply = async (texts: readonly string[]): Promise<void> => {
    const applied = await applyDefinitions(validation, TENANT, principalId('owner'), texts, () => true);
    if (!applied.ok) throw new Error(`the documents were refused: ${JSON.stringify(applied.problems)}`);
  };
  await apply(
    demo.documents
      .filter((text) => !text.includes('kind: Directory'))
      .map((text) =>
        timeout === null ? text : text.replace(/^steps:$/m, `defaults: { timeout: ${timeout} }\nsteps:`),
      ),
  );

  const engine: AzureEngine = {
    deps,
    lanes,
    servers,
    doubles,
    demo,
    directory,
    faults,
    clock,
    apply,
    async start(workflow, input, key) {
      const { head } = await startRun(deps, {
        tenant: TENANT,
        workflow: workflowId(workflow),
        version: null,
        input,
        startedBy: { id: principalId('starter'), kind: 'user' },
        trigger: 'api',
        idempotencyKey: key ?? null,
      });
      return { tenant: TENANT, run: runId(head.run) };
    },
    async until(scope, done, sweeping = false) {
      // Looked up behind the service's back: waiting must neither be counted nor meet faults.
      const look = (): Head | undefined =>
        doubles.cosmos.containers.get('runs')?.read([scope.tenant, scope.run], 'head')?.body['body'] as
          Head | undefined;
      for (let waited = 0; waited < 20_000; waited += 20) {
        const head = look();
        if (head !== undefined && done(head)) return head;
        if (sweeping && waited % 200 === 0) await engine.sweep();
        await delay(20);
      }
      const rows = look()?.rows.map((row) => [row.id, row.state, row.errorCode]);
      throw new Error(`run ${scope.run} does not get there: ${JSON.stringify(rows)}`);
    },
    async approve(scope) {
      const { items } = await deps.runs.listOpenRequests(TENANT, 50, null);
      const found = items.find((item) => item.run === scope.run);
      if (found === undefined) throw new Error('nothing waits for a decision');
      const request = await deps.runs.readDocument(scope, 'request', found.request);
      if (request === null) throw new Error('the request is gone');
      const person = await deps.directory.find(TENANT, principalId('approver'));
      if (person === null) throw new Error('there is no approver');
      const who = {
        id: person.id,
        kind: 'user' as const,
        roles: person.roles,
        groups: person.groups,
        assurance: 'signed-in' as const,
      };
      const vote = {
        decision: 'approve' as const,
        revision: request.revision,
        digest: request.digest,
        comment: null,
        values: null,
        tokenHash: null,
      };
      const decided = await decideApproval(deps, scope, request.step, who, vote);
      if (decided.kind !== 'recorded') throw new Error(`not recorded: ${JSON.stringify(decided)}`);
    },
    sweep: () =>
      sweepRuns(deps).then(
        () => undefined,
        () => undefined,
      ),
    async close() {
      lanes.close();
      await demo.stop();
      await composed.close();
      await estate.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return engine;
}

export const ended = (head: Head): boolean => isEndState(head.state);
export const waiting = (head: Head): boolean => head.state === 'SUSPENDED' || isEndState(head.state);
