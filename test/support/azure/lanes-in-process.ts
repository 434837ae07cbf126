/**
 * Lanes carried in this process by the real lane generator, in time: what a Durable backend does when nothing goes wrong, and
 * a count of what it would charge for. An activity that fails three times fails its lane, as the real one does.
 */
import type { LaneActivities } from '../../../src/activities/register.ts';
import type { LaneId } from '../../../src/domain/ids.ts';
import type { LaneTurn, Turn, TurnVerb } from '../../../src/domain/run/head.ts';
import { AGAIN, makeLane } from '../../../src/orchestration/lane.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Lanes, LaneStatus } from '../../../src/ports/lanes.ts';

type Task =
  | { readonly kind: 'activity'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly at: Date }
  | { readonly kind: 'event'; readonly name: string };

export interface InProcessLanes extends Lanes {
  readonly counts: { orchestrations: number; activities: number; timers: number; events: number };
  activities: LaneActivities | null;
  close(): void;
}

const laneOf = makeLane<Task, null>(null);

export function lanesInProcess(clock: Pick<Clock, 'now'> & { readonly speed: number }, retryMs = 20): InProcessLanes {
  const status = new Map<LaneId, LaneStatus>();
  const bells = new Map<string, () => void>();
  const rung = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const counts = { orchestrations: 0, activities: 0, timers: 0, events: 0 };
  let closed = false;

  const isOpen = (): boolean => !closed;
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  async function activity(name: string, input: unknown): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      counts.activities += 1;
      try {
        const run = lanes.activities?.[name as TurnVerb];
        if (run === undefined) throw new RangeError(`no activity ${name}`);
        return await run(structuredClone(input) as LaneTurn);
      } catch (error) {
        if (tries >= AGAIN.maxAttempts) throw error;
        await sleep(retryMs);
      }
    }
  }

  function bell(lane: LaneId, name: string): Promise<void> {
    counts.events += 1;
    const key = `${lane}\n${name}`;
    if (rung.delete(key)) return Promise.resolve();
    return new Promise((resolve) => bells.set(key, resolve));
  }

  async function carry(lane: LaneId, first: Turn): Promise<void> {
    let input: unknown = first;
    for (let again = true; again;) {
      again = false;
      const generator = laneOf({
        df: {
          instanceId: lane,
          getInput: () => structuredClone(input),
          callActivityWithRetry: (name, _retry, given) => ({ kind: 'activity', name, input: given }),
          createTimer: (at) => ({ kind: 'timer', at }),
          waitForExternalEvent: (name) => ({ kind: 'event', name }),
          continueAsNew: (next) => {
            input = next;
            again = true;
          },
        },
      });
      let step = generator.next();
      while (!step.done && isOpen()) {
        const task = step.value;
        if (task.kind === 'activity') step = generator.next(await activity(task.name, task.input));
        else if (task.kind === 'timer') {
          counts.timers += 1;
          await sleep(Math.max(0, task.at.getTime() - Date.parse(clock.now())) / clock.speed);
          step = generator.next();
        } else {
          await bell(lane, task.name);
          step = generator.next();
        }
      }
    }
  }

  const lanes: InProcessLanes = {
    counts,
    activities: null,
    async start(lane, turn) {
      if (status.get(lane) === 'ALIVE') return;
      status.set(lane, 'ALIVE');
      counts.orchestrations += 1;
      carry(lane, structuredClone(turn)).then(
        () => status.set(lane, 'ENDED'),
        () => status.set(lane, 'FAILED'),
      );
    },
    async ring(lane, name) {
      const key = `${lane}\n${name}`;
      const waiting = bells.get(key);
      if (waiting === undefined) rung.add(key);
      else {
        bells.delete(key);
        waiting();
      }
    },
    status: async (lane) => status.get(lane) ?? 'UNKNOWN',
    terminate: async (lane) => void status.set(lane, 'FAILED'),
    lag: async () => 0,
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
  return lanes;
}
