/**
 * A small world for verbs: the real engine, verbs and use cases over a store, lanes, a vault and outside targets that
 * live in memory, on a clock that moves when a lane sleeps. Faults are thrown where a test says so; the lane is then
 * repeated, as Durable does.
 */
import { createHash, createSecretKey } from 'node:crypto';
import type { Deps } from '../../../src/ports/deps.ts';
import { workTurn } from '../../../src/activities/turn.ts';
import { VERBS } from '../../../src/activities/verbs.ts';
import { createPlanCache } from '../../../src/app/plan-cache.ts';
import { startRun } from '../../../src/app/start-run.ts';
import { PlatformFault } from '../../../src/domain/errors.ts';
import { principalId, tenantId, workflowId, type LaneId, type RunScope } from '../../../src/domain/ids.ts';
import { canonicalJson, type JsonObject } from '../../../src/domain/json.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import type { Head, Out, Turn } from '../../../src/domain/run/head.ts';
import type { DefinitionKind, DefinitionVersion } from '../../../src/ports/definition-store.ts';
import type { Person } from '../../../src/ports/directory.ts';
import type { Notice } from '../../../src/ports/notifier.ts';
import { manualClock, type ManualClock } from '../../support/manual-clock.ts';
import { fakeAdapters, type FakeTarget } from './fake-adapters.ts';
import { fakeExpressions } from './fake-expressions.ts';
import { fakeVault, type FakeVault } from './fake-vault.ts';
import { memoryClaims, type MemoryClaims } from './memory-claims.ts';
import { memoryRuns, type MemoryRuns } from './memory-runs.ts';

export const TENANT = tenantId('demo');

/** Thrown at a chosen boundary: the process died there. Of a code that no step waits for. */
export class Crash extends PlatformFault {
  constructor(where: string) {
    super('HUB_UNAVAILABLE', where);
  }
}

/** Short waits of the engine pass at once; only lanes sleep on the manual clock. */
function patientClock(): ManualClock {
  const clock = manualClock();
  return {
    ...clock,
    sleep: async (ms, signal) => {
      if (ms > 1_000) return clock.sleep(ms, signal);
      clock.advance(ms);
    },
  };
}

export interface World {
  readonly deps: Deps;
  readonly clock: ManualClock;
  readonly runs: MemoryRuns;
  readonly claims: MemoryClaims;
  readonly vault: FakeVault;
  readonly target: FakeTarget;
  readonly notices: () => Promise<readonly Notice[]>;
  readonly events: { readonly name: string; readonly attributes: object }[];
  readonly tenantEntries: { readonly type: string; readonly facts: object }[];
  readonly people: Person[];
  publish(kind: DefinitionKind, id: string, document: JsonObject, by?: string): void;
  start(workflow: string, input?: JsonObject): Promise<RunScope>;
  /** Works all lanes until every one has ended or waits; returns the run's head. */
  drive(scope: RunScope): Promise<Head>;
  /** The lanes that wait, with their turns. */
  readonly queue: { lane: LaneId; turn: Turn }[];
  request(scope: RunScope, step: number): RequestDocument | null;
  output(scope: RunScope, step: number): Promise<unknown>;
}

const person = (id: string, more: Partial<Person> = {}): Person => ({
  id: principalId(id),
  name: `Person ${id}`,
  email: `${id}@example.test`,
  roles: [],
  groups: [],
  manager: null,
  ...more,
});

export function makeWorld(): World {
  const clock = patientClock();
  const runs = memoryRuns();
  const claims = memoryClaims(clock);
  const vault = fakeVault();
  const { adapters, target } = fakeAdapters(clock);
  const definitions = new Map<string, DefinitionVersion[]>();
  const events: { name: string; attributes: object }[] = [];
  const tenantEntries: { type: string; facts: object }[] = [];
  const links = new Map<string, RunScope & { request: string }>();
  const people = [
    person('starter', { roles: ['starter'] }),
    person('approver', { roles: ['approver'], groups: ['finance'], manager: principalId('boss') }),
    person('second', { roles: ['approver'], groups: ['finance'] }),
    person('publisher', { roles: ['publisher', 'approver'], groups: ['finance'] }),
    person('boss', { roles: [] }),
  ];
  const queue: { lane: LaneId; turn: Turn }[] = [];
  const waiting = new Map<LaneId, { bell: string; turn: Turn }>();
  let counter = 0;
  const find = (kind: string, id: string): DefinitionVersion[] => definitions.get(`${kind}/${id}`) ?? [];

  const deps = {
    runs,
    idempotency: claims,
    vault,
    adapters,
    expressions: fakeExpressions,
    clock,
    definitions: {
      active: async (_tenant: string, kind: string, id: string) => find(kind, id).at(-1) ?? null,
      version: async (_tenant: string, kind: string, id: string, version: number) =>
        find(kind, id)[version - 1] ?? null,
    },
    directory: {
      find: async (_tenant: string, id: string) => people.find((each) => each.id === id) ?? null,
      members: async (
        _tenant: string,
        who: { users: readonly string[]; roles: readonly string[]; groups: readonly string[] },
      ) =>
        people.filter(
          (each) =>
            who.users.includes(each.id) ||
            who.roles.some((role) => each.roles.includes(role)) ||
            who.groups.some((group) => each.groups.includes(group)),
        ),
    },
    requests: {
      putLink: async (hash: string, to: RunScope & { request: string }) => void links.set(hash, to),
      findLink: async (hash: string) => links.get(hash) ?? null,
    },
    keys: {
      create: async () => ({ version: 1, key: createSecretKey(Buffer.alloc(32, 1)) }),
      forget: () => undefined,
      mac: async (tenant: string, use: string) => createSecretKey(Buffer.from(`${tenant}/${use}`.padEnd(32, '-'))),
    },
    ids: {
      bytes: (length: number) =>
        createHash('sha512')
          .update(`${(counter += 1)}`)
          .digest()
          .subarray(0, length),
      next: () => `run${String((counter += 1)).padStart(8, '0')}`,
    },
    tenantLog: {
      append: async (_tenant: string, entry: { type: string; facts: object }) => void tenantEntries.push(entry),
    },
    telemetry: {
      event: (name: string, attributes: object) => void events.push({ name, attributes }),
      fault: (code: string, error: unknown) => {
        events.push({ name: `fault ${code}`, attributes: { error: String(error) } });
        return 'error-1';
      },
      within: (_work: unknown, run: () => Promise<unknown>) => run(),
    },
    lanes: {
      start: async (lane: LaneId, turn: Turn) => void queue.push({ lane, turn }),
      ring: async (lane: LaneId, bell: string) => {
        const waits = waiting.get(lane);
        if (waits?.bell !== bell) return;
        waiting.delete(lane);
        queue.push({ lane, turn: waits.turn });
      },
    },
    settings: { publicBaseUrl: 'https://countersign.example', stepConcurrency: 1, silenceMs: 10_000 },
  } as unknown as Deps & { plans: Deps['plans'] };
  Object.assign(deps, { plans: createPlanCache(deps.definitions) });

  function publish(kind: DefinitionKind, id: string, document: JsonObject, by = 'publisher'): void {
    const versions = find(kind, id);
    const stamp = { publishedBy: principalId(by), publishedAt: clock.now(), digest: canonicalJson(document) };
    definitions.set(`${kind}/${id}`, [...versions, { kind, id, version: versions.length + 1, document, ...stamp }]);
    if (kind === 'Connector') target.publish(id, versions.length + 1, document);
  }

  function follow(lane: LaneId, out: Out): void {
    if (out.next === null) return;
    if (out.sleepUntil !== null) clock.advance(Math.max(0, Date.parse(out.sleepUntil) - Date.parse(clock.now())));
    if (out.doorbell !== null) waiting.set(lane, { bell: out.doorbell, turn: out.next });
    else queue.push({ lane, turn: out.next });
  }

  return {
    deps,
    clock,
    runs,
    claims,
    vault,
    target,
    events,
    tenantEntries,
    people,
    queue,
    publish,
    notices: async () => {
      const posts = runs.all('post');
      return Promise.all(posts.map((post) => vault.peek(post.payload) as unknown as Notice));
    },
    start: async (workflow, input = {}) => {
      const startedBy = { id: principalId('starter'), kind: 'user' } as const;
      const started = await startRun(deps, {
        tenant: TENANT,
        workflow: workflowId(workflow),
        version: null,
        input,
        startedBy,
        trigger: 'api',
        idempotencyKey: null,
      });
      return { tenant: TENANT, run: started.head.run };
    },
    drive: async (scope) => {
      for (let turns = 0; turns < 500; turns++) {
        const next = queue.shift();
        if (next === undefined) break;
        try {
          follow(next.lane, await workTurn(deps, VERBS, { ...next.turn, lane: next.lane }, { straightOnMs: 0 }));
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          runs.dead = null;
          queue.unshift(next);
        }
      }
      const stored = await runs.readHead(scope);
      if (stored === null) throw new Error('no such run');
      return stored.head;
    },
    request: (scope, step) => runs.document(scope, `request~${step}`) as RequestDocument | null,
    output: async (scope, step) => {
      const head = (await runs.readHead(scope))?.head;
      const id = head?.rows[step]?.result;
      const result = id == null ? null : runs.document(scope, id);
      return result === null || result.kind !== 'result' ? null : vault.peek(result.value);
    },
  };
}
