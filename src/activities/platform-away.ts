/**
 * What becomes of a turn while keys, blobs, credentials or the directory cannot be reached and the record can: it waits in the
 * record, outside the attempts of its step and the time of its run, as often as it takes. Thrown, it would fail the lane, and
 * after five lanes the run.
 */
import { later } from '../domain/instant.ts';
import { PlatformFault } from '../domain/errors.ts';
import type { Instant } from '../domain/json.ts';
import type { Deps } from '../ports/deps.ts';
import type { LaneTurn } from '../domain/run/head.ts';

const WAIT_MS = 15_000;
const AWAY: ReadonlySet<PlatformFault['code']> = new Set(['KEY_UNAVAILABLE', 'STORE_UNAVAILABLE']);

/** When to try again; null for every other error. Tells of the fault: alerts count it. */
export function waitsUntil(deps: Pick<Deps, 'clock' | 'telemetry'>, turn: LaneTurn, error: unknown): Instant | null {
  if (!(error instanceof PlatformFault) || !AWAY.has(error.code)) return null;
  const { tenant, run, step, fence, verb } = turn;
  deps.telemetry.fault(error.code, error, { tenant, run, step, fence, verb });
  return later(deps.clock.now(), WAIT_MS);
}
