/**
 * A Durable hub as hostile as the real one: it replays the real lane generator from its history at every step, delivers
 * activities once, twice or again after a lost answer, fails lanes in a replay, lets them stand still, loses starts and
 * bells, is slow, and can lose everything it knows. It never makes up an answer.
 */
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { LaneId } from '../../../src/domain/ids.ts';
import type { Turn } from '../../../src/domain/run/head.ts';
import { AGAIN, makeLane, type LaneContext } from '../../../src/orchestration/lane.ts';
import type { Lanes, LaneStatus } from '../../../src/ports/lanes.ts';
import type { Scheduler } from './scheduler.ts';

type Task =
  | { readonly kind: 'activity'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly at: number }
  | { readonly kind: 'event'; readonly name: string };

interface Instance {
  readonly id: LaneId;
  input: unknown;
  history: unknown[];
  inbox: string[];
  status: LaneStatus;
  /** Raised by every task: late answers to an earlier one are dropped. */
  waitsFor: number;
  pending: Task | null;
}

export interface HubFaults {
  /** Milliseconds until a queued activity is taken. */
  delay(): number;
  losesStart(lane: LaneId): boolean;
  losesRing(lane: LaneId): boolean;
  /** The lane fails in its next replay. */
  failsReplay(lane: LaneId): boolean;
  /** The lane stays alive and does nothing any more. */
  standsStill(lane: LaneId): boolean;
  /** The activity runs a second time, after so many milliseconds, beside the first. */
  repeats(): number | null;
  /** The answer of the activity is lost; it is delivered again later. */
  losesDelivery(): boolean;
}

export const smooth: HubFaults = {
  delay: () => 1,
  losesStart: () => false,
  losesRing: () => false,
  failsReplay: () => false,
  standsStill: () => false,
  repeats: () => null,
  losesDelivery: () => false,
};

export type RunActivity = (name: string, input: unknown) => Promise<unknown>;
const REDELIVERY_MS = 4_000;
const laneOf = makeLane<Task, null>(null);

export class SimulatedHub implements Lanes {
  readonly instances = new Map<LaneId, Instance>();
  readonly scheduler: Scheduler;
  readonly faults: HubFaults;
  readonly #run: RunActivity;
  /** Activities executed, by name, step and fence. */
  executions = 0;
  terminations = 0;
  #queue: (() => void)[] = [];
  #busy = 0;
  /** Activities at once; null is no limit. */
  width: number | null = null;

  constructor(scheduler: Scheduler, run: RunActivity, faults: HubFaults = smooth) {
    this.scheduler = scheduler;
    this.faults = faults;
    this.#run = run;
  }

  start(lane: LaneId, turn: Turn): Promise<void> {
    if (this.faults.losesStart(lane)) return Promise.reject(new PlatformFault('HUB_UNAVAILABLE', 'told to lose it'));
    const standing = this.instances.get(lane);
    if (standing?.status === 'ALIVE') return Promise.resolve();
    const made: Instance = {
      id: lane,
      input: copy(turn),
      history: [],
      inbox: [],
      status: 'ALIVE',
      waitsFor: (standing?.waitsFor ?? 0) + 1,
      pending: null,
    };
    this.instances.set(lane, made);
    this.scheduler.after(this.faults.delay(), () => this.#replay(made));
    return Promise.resolve();
  }

  ring(lane: LaneId, bell: string): Promise<void> {
    const found = this.instances.get(lane);
    if (found === undefined) return Promise.reject(new PlatformFault('HUB_UNAVAILABLE', 'no such instance'));
    if (found.status !== 'ALIVE' || this.faults.losesRing(lane)) return Promise.resolve();
    if (found.pending?.kind === 'event' && found.pending.name === bell) {
      const { waitsFor } = found;
      this.scheduler.after(this.faults.delay(), () => this.#complete(found, waitsFor, null));
    } else found.inbox.push(bell);
    return Promise.resolve();
  }

  status(lane: LaneId): Promise<LaneStatus> {
    return Promise.resolve(this.instances.get(lane)?.status ?? 'UNKNOWN');
  }

  terminate(lane: LaneId): Promise<void> {
    const found = this.instances.get(lane);
    if (found?.status === 'ALIVE') {
      found.status = 'FAILED';
      this.terminations += 1;
    }
    return Promise.resolve();
  }

  lag(): Promise<number | null> {
    return Promise.resolve(this.#queue.length * 40);
  }

  /** The hub's file is gone: nothing is known of any lane, and running activities have nobody to answer to. */
  forgetAll(): void {
    for (const instance of this.instances.values()) instance.status = 'FAILED';
    this.instances.clear();
    this.#queue = [];
    this.#busy = 0;
  }

  get alive(): number {
    return [...this.instances.values()].filter((each) => each.status === 'ALIVE').length;
  }

  #replay(instance: Instance): void {
    if (instance.status !== 'ALIVE') return;
    if (this.faults.failsReplay(instance.id)) {
      instance.status = 'FAILED';
      return;
    }
    if (this.faults.standsStill(instance.id)) {
      instance.pending = null;
      return;
    }
    let again: { readonly input: unknown } | null = null;
    const df: LaneContext<Task, null>['df'] = {
      instanceId: instance.id,
      getInput: () => copy(instance.input),
      callActivityWithRetry: (name, _retry, input) => ({ kind: 'activity', name, input }),
      createTimer: (at) => ({ kind: 'timer', at: at.getTime() }),
      waitForExternalEvent: (name) => ({ kind: 'event', name }),
      continueAsNew: (input) => {
        again = { input };
      },
    };
    const generator = laneOf({ df });
    let step = generator.next();
    for (const result of instance.history) {
      if (step.done) throw new Error('the lane ended before its history');
      step = generator.next(copy(result));
    }
    if (step.done) this.#finish(instance, again);
    else this.#begin(instance, step.value);
  }

  #finish(instance: Instance, again: { readonly input: unknown } | null): void {
    if (again === null) {
      instance.status = 'ENDED';
      return;
    }
    instance.input = copy(again.input);
    instance.history = [];
    this.scheduler.after(this.faults.delay(), () => this.#replay(instance));
  }

  #begin(instance: Instance, task: Task): void {
    instance.pending = task;
    const waitsFor = ++instance.waitsFor;
    if (task.kind === 'activity') this.#deliver(instance, waitsFor, task, 1);
    else if (task.kind === 'timer') {
      const late = this.faults.delay() * 3;
      this.scheduler.after(task.at - this.scheduler.ms - 500 + late, () => this.#complete(instance, waitsFor, null));
    } else if (instance.inbox.includes(task.name)) {
      instance.inbox.splice(instance.inbox.indexOf(task.name), 1);
      this.scheduler.after(this.faults.delay(), () => this.#complete(instance, waitsFor, null));
    }
  }

  #deliver(instance: Instance, waitsFor: number, task: Extract<Task, { kind: 'activity' }>, attempt: number): void {
    const execute = (): void => this.#enqueue(() => this.#execute(instance, waitsFor, task, attempt));
    this.scheduler.after(this.faults.delay(), execute);
    const repeat = this.faults.repeats();
    if (repeat !== null) this.scheduler.after(repeat, execute);
  }

  #enqueue(work: () => Promise<void>): void {
    const start = (): void => {
      this.#busy += 1;
      void work().finally(() => {
        this.#busy -= 1;
        this.#queue.shift()?.();
      });
    };
    if (this.width !== null && this.#busy >= this.width) this.#queue.push(start);
    else start();
  }

  async #execute(
    instance: Instance,
    waitsFor: number,
    task: Extract<Task, { kind: 'activity' }>,
    attempt: number,
  ): Promise<void> {
    this.executions += 1;
    let result: unknown;
    try {
      result = await this.#run(task.name, copy(task.input));
    } catch {
      if (instance.status !== 'ALIVE' || instance.waitsFor !== waitsFor) return;
      if (attempt >= AGAIN.maxAttempts) instance.status = 'FAILED';
      else {
        const retry = (): void => this.#deliver(instance, waitsFor, task, attempt + 1);
        this.scheduler.after(AGAIN.firstRetryIntervalMs, retry);
      }
      return;
    }
    if (this.faults.losesDelivery()) {
      this.scheduler.after(REDELIVERY_MS, () => this.#deliver(instance, waitsFor, task, attempt));
    } else this.#complete(instance, waitsFor, result);
  }

  #complete(instance: Instance, waitsFor: number, result: unknown): void {
    if (instance.status !== 'ALIVE' || instance.waitsFor !== waitsFor || instance.pending === null) return;
    instance.pending = null;
    instance.history.push(copy(result));
    this.#replay(instance);
  }
}

const copy = <Value>(value: Value): Value =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
