/**
 * The lane: carries one path of a run from turn to turn. A deterministic zone (no clock, no randomness, no environment, no
 * await): it may do nothing but what its activities answered. Nothing waits for it; it may be lost at any moment.
 * Each of its three calls stands alone in its `yield`, so the known faults of `Task.any`, `Task.all` and long timers in
 * the SDK cannot be reached.
 */
import type { LaneId } from '../domain/ids.ts';
import type { Out, Turn } from '../domain/run/head.ts';

/** Name under which every lane is started. Registered histories of every release replay it: it never changes. */
export const LANE = 'lane';
/** Activities between two `continueAsNew`: a replay stays short, and nothing is open at that point. */
export const TURNS_PER_GENERATION = 50;
/** A killed worker fails its activity at once; what fails more often is the sweep's. */
export const AGAIN = { firstRetryIntervalMs: 1_000, maxAttempts: 3 } as const;

/** The part of a Durable orchestration context that a lane uses. */
export interface LaneContext<Task, Retry> {
  readonly df: {
    readonly instanceId: string;
    getInput(): unknown;
    callActivityWithRetry(name: string, retry: Retry, input: unknown): Task;
    createTimer(at: Date): Task;
    waitForExternalEvent(name: string): Task;
    continueAsNew(input: unknown): void;
  };
}

/** `again` is the SDK's form of `AGAIN`. */
export function makeLane<Task, Retry>(again: Retry) {
  return function* lane(context: LaneContext<Task, Retry>): Generator<Task, void, unknown> {
    let turn = context.df.getInput() as Turn;
    for (let turns = 0; turns < TURNS_PER_GENERATION; turns++) {
      const input = { ...turn, lane: context.df.instanceId as LaneId };
      const out = (yield context.df.callActivityWithRetry(turn.verb, again, input)) as Out;
      if (!out.next) return;
      if (out.sleepUntil) yield context.df.createTimer(new Date(out.sleepUntil));
      if (out.doorbell) yield context.df.waitForExternalEvent(out.doorbell);
      turn = out.next;
    }
    context.df.continueAsNew(turn);
  };
}
