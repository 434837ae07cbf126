/**
 * Purges the hub's history of lanes that ended long ago. Each call does a bounded part: the newest day that is due, and one
 * of the days before it in turn, so that a lane that lived long or an app that stood still is caught up with. Keeps no
 * state; running twice at once only finds less to do.
 */
import type { LaneHistory } from '../ports/lane-history.ts';
import type { Telemetry } from '../ports/telemetry.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Days that the turn goes through, one an hour. */
const TURN_DAYS = 400;

export interface PurgeOptions {
  readonly now: number;
  readonly keepDays: number;
}

export async function purgeHistory(
  deps: { readonly history: LaneHistory; readonly telemetry: Telemetry },
  { now, keepDays }: PurgeOptions,
): Promise<number> {
  const cutoff = now - keepDays * DAY_MS;
  let instances = 0;
  for (const [from, to] of spans(cutoff)) {
    try {
      instances += await deps.history.purge(new Date(from), new Date(to));
    } catch (error) {
      deps.telemetry.fault('HUB_UNAVAILABLE', error);
    }
  }
  deps.telemetry.event('history.purged', { instances });
  return instances;
}

function spans(cutoff: number): readonly (readonly [number, number])[] {
  const back = 1 + (Math.floor(cutoff / HOUR_MS) % TURN_DAYS);
  return [
    [cutoff - DAY_MS, cutoff],
    [cutoff - (back + 1) * DAY_MS, cutoff - back * DAY_MS],
  ];
}
