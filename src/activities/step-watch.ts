/**
 * The clock of one attempt: aborts it at its deadline or after a silence of its own, writes heartbeats while it works for
 * long, and looks then whether the run still wants it. Ends with the attempt.
 */
import { msOf } from '../domain/instant.ts';
import type { Instant } from '../domain/json.ts';
import type { RunScope } from '../domain/ids.ts';
import { Cancelled } from '../app/follow-up.ts';
import { enter } from '../app/running-steps.ts';
import type { Head } from '../domain/run/head.ts';
import type { Deps } from '../ports/deps.ts';

/** Reason of an abort at the deadline. */
export class DeadlinePassed extends Error {
  constructor() {
    super('deadline passed');
    this.name = 'DeadlinePassed';
  }
}

const BEAT_MS = 20_000;
/** Reason of every end: made once, because an abort without one builds an error with a stack each time. */
export const OVER = new Error('the attempt is over');

export interface Watch {
  readonly signal: AbortSignal;
  progress(percent: number | null): void;
  stop(): void;
}

export interface Watched {
  readonly scope: RunScope;
  readonly step: number;
  readonly fence: number;
  readonly deadline: Instant;
  /** Longest silence without progress, when the step sets one. */
  readonly heartbeatMs: number | null;
}

export function watch(deps: Pick<Deps, 'runs' | 'clock' | 'telemetry'>, watched: Watched): Watch {
  const { scope, step, fence } = watched;
  const abort = new AbortController();
  const over = new AbortController();
  const leave = enter(scope, step, abort);
  const deadline = msOf(watched.deadline);
  let percent: number | null = null;
  let heardAt = msOf(deps.clock.now());
  let beatAt = heardAt + BEAT_MS;

  async function beat(): Promise<void> {
    for (;;) {
      const now = msOf(deps.clock.now());
      const silence = watched.heartbeatMs === null ? Infinity : heardAt + watched.heartbeatMs;
      if (now >= deadline || now >= silence) return abort.abort(new DeadlinePassed());
      if (now >= beatAt) {
        beatAt = now + BEAT_MS;
        await deps.runs.writeLive(scope, { step, fence, beatAt: deps.clock.now(), percent });
        const stored = await deps.runs.readHead(scope);
        if (stored !== null && isUnwanted(stored.head, step, fence)) return abort.abort(new Cancelled());
      } else await deps.clock.sleep(Math.min(beatAt, deadline, silence) - now, over.signal);
    }
  }

  beat().catch((error: unknown) => {
    if (!over.signal.aborted)
      deps.telemetry.fault('HEARTBEAT_LOST', error, { tenant: scope.tenant, run: scope.run, step });
  });
  return {
    signal: abort.signal,
    progress: (value) => {
      percent = value;
      heardAt = msOf(deps.clock.now());
    },
    stop: () => {
      leave();
      over.abort(OVER);
    },
  };
}

/** Someone else carries the step, or the run is ending: what `stopPhase` tells the steps of its own process. */
function isUnwanted(head: Head, step: number, fence: number): boolean {
  const row = head.rows[step];
  return row === undefined || row.fence > fence || (head.phase === 'MAIN' && head.endingAs !== null);
}
