/**
 * The border round every activity: only `{code, errorId}` leaves it, because whatever an activity throws is kept in clear
 * in Durable's history and logs. Activities throw for infrastructure alone; every outcome of a step is a value.
 */
import { PlatformFault } from '../domain/errors.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { LaneTurn } from '../domain/run/head.ts';

/** Message and stack hold the code and the error id, nothing else. */
export class ActivityFault extends Error {
  constructor(code: string, errorId: string) {
    super(JSON.stringify({ code, errorId }));
    this.name = 'ActivityFault';
    this.stack = `ActivityFault: ${this.message}`;
  }
}

/** Work whose errors are told to telemetry under an id, and leave as `ActivityFault` with code and id alone. */
export function guarded<Result>(
  telemetry: Telemetry,
  work: (turn: LaneTurn) => Promise<Result>,
): (turn: LaneTurn) => Promise<Result> {
  return async (turn) => {
    try {
      return await work(turn);
    } catch (error) {
      const code = error instanceof PlatformFault ? error.code : 'INTERNAL';
      const { tenant, run, step, fence, verb } = turn;
      throw new ActivityFault(code, telemetry.fault(code, error, { tenant, run, step, fence, verb }));
    }
  };
}
