/**
 * A whole engine in virtual time: one store, one hub, one or more processes that work turns and sweep, and people who
 * decide. A process can be killed: what it was doing never goes on.
 */
import { laneActivities, type LaneActivities } from '../../../src/activities/register.ts';
import type { Deps } from '../../../src/ports/deps.ts';
import type { LaneTurn } from '../../../src/domain/run/head.ts';
import { commitRun } from '../../../src/app/commit-run.ts';
import { startRun } from '../../../src/app/start-run.ts';
import { sweepRuns } from '../../../src/app/sweep-runs.ts';
import { principalId, runId, tenantId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { isEndState, type Head, type TurnVerb } from '../../../src/domain/run/head.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import { seeded, type Seeded } from '../seeded.ts';
import { fakeDeps, type Faults } from './fake-deps.ts';
import { fakeVerbs, type FakeVerbs } from './fake-verbs.ts';
import { SimulatedHub, smooth, type HubFaults } from './hub.ts';
import { memoryRunStore, reliable, RunData, type Partition, type StoreFaults } from './memory-run-store.ts';
import { memorySlotStore, SlotData } from './memory-slot-store.ts';
import { Scheduler } from './scheduler.ts';

export const TENANT = tenantId('acme');
export const PERSON = principalId('acme:person');

export interface WorldOptions {
  readonly plan: Plan;
  readonly seed?: number;
  readonly verbs?: FakeVerbs;
  readonly store?: Partial<StoreFaults>;
  readonly hub?: Partial<HubFaults>;
  readonly processes?: number;
  /** 0 gives every turn to the hub; the default of the product otherwise. */
  readonly straightOnMs?: number;
  readonly sweepEveryMs?: number;
  /** Whether the vault cannot be reached at the moment. */
  readonly vaultAway?: () => boolean;
}

interface Process {
  readonly deps: Deps;
  readonly activities: LaneActivities;
  alive: boolean;
}

export class World {
  readonly scheduler = new Scheduler();
  readonly random: Seeded;
  readonly data = new RunData();
  readonly slots = new SlotData();
  readonly faults: Faults = new Map();
  readonly hub: SimulatedHub;
  readonly verbs: FakeVerbs;
  readonly plan: Plan;
  readonly #options: WorldOptions;
  #processes: Process[] = [];

  constructor(options: WorldOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.random = seeded(options.seed ?? 1);
    this.verbs = options.verbs ?? fakeVerbs();
    const run = (name: string, input: unknown): Promise<unknown> =>
      this.work({ ...(input as LaneTurn), verb: name as TurnVerb });
    this.hub = new SimulatedHub(this.scheduler, run, { ...smooth, ...options.hub });
    for (let at = 0; at < (options.processes ?? 1); at++) this.#boot();
    this.#sweepForEver(options.sweepEveryMs ?? 1_000);
  }

  /** Dependencies of a process that is alive. */
  get deps(): Deps {
    return this.#pick().deps;
  }

  /** All processes die in the middle of what they do; new ones come up at once. */
  killAll(): void {
    for (const process of this.#processes) process.alive = false;
    const count = this.#processes.length;
    this.#processes = [];
    for (let at = 0; at < count; at++) this.#boot();
  }

  /** The power goes: what the disk does not hold yet is gone, and all processes with it. Answers how many commits were lost. */
  cutPower(): number {
    this.killAll();
    return this.data.cutPower();
  }

  /** As a client starts a run: again under the same key until it is acknowledged. */
  async start(name: string, input: JsonObject = {}): Promise<RunScope> {
    for (let tries = 0; ; tries++) {
      let outcome: { readonly scope: RunScope } | { readonly error: unknown } | null = null;
      this.#startOnce(name, input).then(
        (scope) => (outcome = { scope }),
        (error: unknown) => (outcome = { error }),
      );
      await this.scheduler.run(() => outcome !== null, 60_000);
      const done = outcome as unknown as { readonly scope?: RunScope; readonly error?: unknown };
      if (done.scope !== undefined) return done.scope;
      if (tries === 20) throw done.error;
    }
  }

  async #startOnce(name: string, input: JsonObject): Promise<RunScope> {
    const { head } = await startRun(this.deps, {
      tenant: TENANT,
      workflow: this.plan.workflow,
      version: null,
      input,
      startedBy: { id: PERSON, kind: 'user' },
      trigger: 'api',
      idempotencyKey: name,
    });
    return { tenant: TENANT, run: runId(head.run) };
  }

  /** One turn, in any of the processes. */
  work(turn: LaneTurn): Promise<unknown> {
    return this.#pick().activities[turn.verb](turn);
  }

  partition(scope: RunScope): Partition {
    const found = this.data.of(scope);
    if (found === undefined) throw new RangeError(`no run ${scope.run}`);
    return found;
  }

  head(scope: RunScope): Head {
    return this.partition(scope).head;
  }

  isEnded(scope: RunScope): boolean {
    return isEndState(this.head(scope).state);
  }

  /** Until every one of these runs has ended. */
  async finish(scopes: readonly RunScope[], limitMs = 3_600_000): Promise<void> {
    await this.scheduler.run(() => scopes.every((scope) => this.isEnded(scope)), limitMs);
  }

  async until(done: () => boolean, limitMs = 3_600_000): Promise<void> {
    await this.scheduler.run(done, limitMs);
  }

  /** A person decides the step's request; false when it was not open any more. */
  async decide(scope: RunScope, step: number, state: 'APPROVED' | 'REJECTED'): Promise<boolean> {
    const { deps } = this;
    const committed = await commitRun(deps, scope, async () => {
      const request = await deps.runs.readDocument(scope, 'request', `request~${step}`);
      if (request?.state !== 'OPEN') return null;
      const put = [{ ...request, state, revision: request.revision + 1 }];
      return { event: { type: 'DECIDED', step }, by: PERSON, put };
    });
    return committed.ok;
  }

  #boot(): void {
    const { store, plan: _plan, straightOnMs, vaultAway } = this.#options;
    const process: { alive: boolean } = { alive: true };
    const unlessDead = async (): Promise<void> => {
      if (!process.alive) await new Promise(() => undefined);
    };
    const faults: StoreFaults = {
      ...reliable,
      ...store,
      latency: async () => {
        await (store?.latency ?? reliable.latency)();
        await unlessDead();
      },
      flush: async () => {
        await (store?.flush ?? reliable.flush)();
        await unlessDead();
      },
    };
    const deps = fakeDeps({
      runs: memoryRunStore(this.data, faults),
      lanes: this.hub,
      clock: this.scheduler,
      random: this.random,
      plan: this.plan,
      slots: memorySlotStore(this.slots, {
        latency: faults.latency,
        losesAnswer: () => faults.losesAnswer({ tenant: TENANT, run: runId('slots') }),
      }),
      faults: this.faults,
      ...(vaultAway === undefined ? {} : { vaultAway }),
    });
    const options = straightOnMs === undefined ? undefined : { straightOnMs };
    const activities = laneActivities(deps, this.verbs.verbs, options);
    this.#processes.push(Object.assign(process, { deps, activities }));
  }

  #pick(): Process {
    return this.random.pick(this.#processes);
  }

  #sweepForEver(everyMs: number): void {
    this.scheduler.after(everyMs, () => {
      void sweepRuns(this.deps);
      this.#sweepForEver(everyMs);
    });
  }
}
