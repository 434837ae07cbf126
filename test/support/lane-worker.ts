/**
 * Lanes without a hub: works the turns that the services start, in this process, and sweeps as the timer does. For tests
 * that need a run to move and no host; the hub's own promises have tests of their own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../../src/ports/deps.ts';
import { laneActivities, type LaneActivities } from '../../src/activities/register.ts';
import { VERBS } from '../../src/activities/verbs.ts';
import { sweepRuns } from '../../src/app/sweep-runs.ts';
import type { LaneId } from '../../src/domain/ids.ts';
import type { Out, Turn } from '../../src/domain/run/head.ts';
import type { Lanes } from '../../src/ports/lanes.ts';

const SWEEP_MS = 100;

export interface LaneWorker {
  readonly lanes: Lanes;
  stop(): Promise<void>;
}

export function workLanes(deps: () => Deps): LaneWorker {
  const alive = new Map<LaneId, Promise<void>>();
  const failed = new Set<LaneId>();
  const rung = new Map<string, () => void>();
  const early = new Set<string>();
  const stopping = new AbortController();
  let activities: LaneActivities | null = null;

  const bell = (lane: LaneId, name: string): Promise<void> => {
    const key = `${lane} ${name}`;
    if (early.delete(key)) return Promise.resolve();
    return new Promise((ring) => rung.set(key, ring));
  };
  const run = async (lane: LaneId, first: Turn): Promise<void> => {
    for (let turn: Turn | null = first; turn !== null && !stopping.signal.aborted;) {
      activities ??= laneActivities(deps(), VERBS);
      const out: Out = await activities[turn.verb]({ ...turn, lane });
      if (out.sleepUntil !== null)
        await sleep(Math.max(0, Date.parse(out.sleepUntil) - Date.now()), null, { signal: stopping.signal });
      if (out.doorbell !== null && out.next !== null) await bell(lane, out.doorbell);
      turn = out.next;
    }
  };
  const lanes: Lanes = {
    async start(lane, turn) {
      if (alive.has(lane)) return;
      const work = run(lane, turn)
        .catch(() => void failed.add(lane))
        .finally(() => alive.delete(lane));
      alive.set(lane, work);
    },
    async ring(lane, name) {
      const key = `${lane} ${name}`;
      const ring = rung.get(key);
      rung.delete(key);
      if (ring) ring();
      else early.add(key);
    },
    status: async (lane) => (alive.has(lane) ? 'ALIVE' : failed.has(lane) ? 'FAILED' : 'ENDED'),
    terminate: async () => undefined,
    lag: async () => 0,
  };
  const sweeping = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(SWEEP_MS, null, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await sweepRuns(deps());
    }
  })();
  return {
    lanes,
    async stop() {
      stopping.abort();
      for (const ring of rung.values()) ring();
      await sweeping;
      await Promise.allSettled(alive.values());
    },
  };
}
