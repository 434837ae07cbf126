/**
 * Lanes on Durable Functions. The client comes with an invocation (its address is only known then), so it is bound by the
 * first function that runs in this process. What the SDK throws is told apart by asking for the status: it hides 410 and
 * says the same for "exists" as for any other refusal of a start.
 */
import type { DurableClient, DurableOrchestrationStatus } from 'durable-functions';
import { PlatformFault } from '../../domain/errors.ts';
import { laneId, runId, tenantId, type LaneId } from '../../domain/ids.ts';
import type { Turn } from '../../domain/run/head.ts';
import type { LaneHistory } from '../../ports/lane-history.ts';
import type { Lanes, LaneStatus } from '../../ports/lanes.ts';
import { durableLaneHistory } from './lane-history.ts';

export const ORCHESTRATOR = 'lane';
/** For so long a measurement counts: longer than a silent lane is left alone because of it, so that one lane alone gets its answer. */
const PROBE_COUNTS_MS = 60_000;

export interface DurableLanes extends Lanes {
  readonly history: LaneHistory;
  /** Rejects when the hub does not answer. */
  probe(): Promise<void>;
  bind(client: DurableClient): void;
  readonly bound: boolean;
}

const STATUS: Readonly<Record<string, LaneStatus>> = {
  Pending: 'ALIVE',
  Running: 'ALIVE',
  ContinuedAsNew: 'ALIVE',
  Suspended: 'ALIVE',
  Completed: 'ENDED',
  Terminated: 'ENDED',
  Canceled: 'ENDED',
  Failed: 'FAILED',
};

interface Probe {
  readonly lane: LaneId;
  readonly startedAt: number;
  /** Null until it is known to have ended. */
  lagMs: number | null;
}

export function durableLanes(now: () => number = Date.now): DurableLanes {
  let client: DurableClient | null = null;
  let probe: Probe | null = null;
  const bound = (): DurableClient => {
    if (client === null)
      throw new PlatformFault('HUB_UNAVAILABLE', 'no function with a Durable client has run in this process yet');
    return client;
  };

  async function find(lane: LaneId): Promise<DurableOrchestrationStatus | null> {
    try {
      return await bound().getStatus(lane);
    } catch (error) {
      if (isMissing(error)) return null;
      throw unavailable('status', error);
    }
  }

  async function status(lane: LaneId): Promise<LaneStatus> {
    return statusOf(await find(lane));
  }

  async function start(lane: LaneId, turn: Turn): Promise<void> {
    try {
      await bound().startNew(ORCHESTRATOR, { instanceId: lane, input: turn });
    } catch (error) {
      if ((await status(lane)) === 'UNKNOWN') throw unavailable('start', error);
    }
  }

  return {
    start,
    status,
    history: durableLaneHistory(bound),
    probe: async () => void (await status(laneId(runId('readiness'), 0, 1))),
    bind: (given) => void (client = given),
    get bound() {
      return client !== null;
    },
    async ring(lane, bell) {
      try {
        await bound().raiseEvent(lane, bell, {});
      } catch (error) {
        if (!isMissing(error)) throw unavailable('ring', error);
      }
    },
    async terminate(lane) {
      try {
        await bound().terminate(lane, 'superseded');
      } catch (error) {
        if (!isMissing(error)) throw unavailable('terminate', error);
      }
    },
    async lag() {
      const at = now();
      if (probe?.lagMs === null) {
        const found = await find(probe.lane);
        if (statusOf(found) === 'ALIVE') return at - probe.startedAt;
        probe.lagMs = lasted(found);
      }
      if (probe !== null && probe.lagMs !== null && at - probe.startedAt <= PROBE_COUNTS_MS) return probe.lagMs;
      const lane = laneId(runId(`probe-${at.toString(36)}`), 0, 1);
      probe = { lane, startedAt: at, lagMs: null };
      await start(lane, { tenant: tenantId('probe'), run: runId(lane), step: 0, fence: 1, verb: 'PROBE' });
      return null;
    },
  };
}

const statusOf = (found: DurableOrchestrationStatus | null): LaneStatus =>
  found === null ? 'UNKNOWN' : (STATUS[found.runtimeStatus] ?? 'UNKNOWN');

/** By the hub's own times: whoever asks may come long after the end. Null for a lane that is not there, or failed. */
function lasted(found: DurableOrchestrationStatus | null): number | null {
  if (found === null || statusOf(found) !== 'ENDED') return null;
  return Math.max(0, new Date(found.lastUpdatedTime).getTime() - new Date(found.createdTime).getTime());
}

/** In the SDK's own words only: what a failing host says beside its status may hold any number, an id `run~404~1` too. */
function isMissing(error: unknown): boolean {
  return /^No instance with ID |\bHTTP 404\b|\bstatus code: 404\b/.test(error instanceof Error ? error.message : '');
}

/** The SDK's message can hold addresses with keys: only the operation is told. */
function unavailable(operation: string, error: unknown): PlatformFault {
  return error instanceof PlatformFault
    ? error
    : new PlatformFault('HUB_UNAVAILABLE', `the Durable client could not ${operation}`);
}
