/**
 * What becomes of a step that should be worked on and is silent. The hub is asked first: a lane that is gone is replaced at
 * once; one that is alive keeps its step while its silence is short, or while the hub as a whole is behind. A takeover
 * storm under load is the danger here: a needless takeover only makes a backlog longer.
 */
import { between, later } from '../domain/instant.ts';
import type { RunScope } from '../domain/ids.ts';
import { bellName } from '../domain/ids.ts';
import type { Row } from '../domain/run/head.ts';
import type { Lanes } from '../ports/lanes.ts';
import { commitRun, type EngineDeps } from './commit-run.ts';

/** Alive and silent for so long is suspicious. */
const SUSPICIOUS_MS = 90_000;
/** Alive and silent for so long is taken over whatever the hub is like. */
const HOPELESS_MS = 15 * 60_000;
/** A hub that starts a probe later than this is behind: its lanes are not to blame. After this time it is known. */
const BEHIND_MS = 10_000;
const BUSY_HUB_WAIT_MS = 30_000;
/** A heartbeat counts for three of its intervals. */
const BEAT_COUNTS_MS = 60_000;
/** Lanes that are alive, taken over in one sweep. */
const MOST_ALIVE = 20;

/** What one sweep may still do to lanes that are alive; the hub's lag is asked for once, and only when it matters. */
export interface Allowance {
  alive: number;
  lag(): Promise<number | null>;
}

export function newAllowance(lanes: Pick<Lanes, 'lag'>): Allowance {
  let lag: Promise<number | null> | null = null;
  return { alive: MOST_ALIVE, lag: () => (lag ??= lanes.lag()) };
}

export async function lookAtLane(deps: EngineDeps, scope: RunScope, row: Row, allowance: Allowance): Promise<void> {
  const now = deps.clock.now();
  const status = row.lane === null ? 'UNKNOWN' : await deps.lanes.status(row.lane);
  if (status !== 'ALIVE') return takeOver(deps, scope, row, now);
  const live = await deps.runs.readLive(scope, row.step);
  const heard = live !== null && live.fence === row.fence ? live.beatAt : null;
  if (heard !== null && between(heard, now) < BEAT_COUNTS_MS) {
    return leaveAlone(deps, scope, row, later(heard, BEAT_COUNTS_MS), now);
  }
  const silence = between(heard ?? row.since ?? now, now);
  if (row.state === 'SUSPENDED' && row.lane !== null) await deps.lanes.ring(row.lane, bellName(row.step, row.fence));
  if (silence < SUSPICIOUS_MS) {
    const wait = Math.min(Math.max(silence, deps.settings.silenceMs), SUSPICIOUS_MS - silence);
    return leaveAlone(deps, scope, row, later(now, wait), now);
  }
  if (silence < HOPELESS_MS) {
    const lag = await allowance.lag();
    if (lag === null) return leaveAlone(deps, scope, row, later(now, BEHIND_MS), now);
    if (lag > BEHIND_MS) return leaveAlone(deps, scope, row, later(now, BUSY_HUB_WAIT_MS), now);
  }
  if (allowance.alive <= 0) return;
  allowance.alive -= 1;
  await takeOver(deps, scope, row, now);
  if (row.lane !== null) await deps.lanes.terminate(row.lane);
}

async function takeOver(deps: EngineDeps, scope: RunScope, row: Row, now: string): Promise<void> {
  const { step, fence } = row;
  const committed = await commitRun(deps, scope, (head) =>
    isStillDue(head.rows[step], row, now) ? { event: { type: 'TAKEN_OVER', step, fence } } : null,
  );
  if (!committed.ok) return;
  deps.telemetry.event('lane.taken-over', { tenant: scope.tenant, run: scope.run, step, fence, lane: row.lane });
}

async function leaveAlone(deps: EngineDeps, scope: RunScope, row: Row, until: string, now: string): Promise<void> {
  const { step, fence } = row;
  await commitRun(deps, scope, (head) =>
    isStillDue(head.rows[step], row, now) ? { event: { type: 'LEFT_ALONE', step, fence, until } } : null,
  );
}

/** The step may have committed something since it was looked at. */
const isStillDue = (fresh: Row | undefined, seen: Row, now: string): boolean =>
  fresh !== undefined && fresh.fence === seen.fence && fresh.due !== null && fresh.due <= now;
