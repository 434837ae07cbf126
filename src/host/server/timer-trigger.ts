/**
 * Fires timer triggers. One run of a timer at a time; the next is planned when it has ended. Schedules of a minute
 * or more are remembered over restarts, and a run that was missed is made up for at once, marked past due.
 */
import type { FunctionInfo, HostLog, LoadedApp } from '../contract.ts';
import { type Problem, Refusal } from './refusals.ts';
import { retryDelayMs } from './retry.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import type { TimerStateFile, TimerStatus } from './timer-state.ts';

/** `setTimeout` holds at most this; longer waits are taken in pieces. */
const longestWait = 2 ** 31 - 1;

export interface TimerClock {
  now(): number;
  wait(ms: number, fire: () => void): () => void;
}

export const realTimerClock: TimerClock = {
  now: () => Date.now(),
  wait(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

interface Timer {
  info: FunctionInfo;
  schedule: Schedule;
  monitored: boolean;
}

export interface TimerTriggers {
  start(): void;
  /** Runs a timer now, beside its schedule. */
  fire(name: string): Promise<void> | undefined;
  /** Plans nothing more and waits for what runs. */
  stop(): Promise<void>;
}

export function createTimerTriggers(options: {
  app: LoadedApp;
  state: TimerStateFile;
  log: HostLog;
  clock?: TimerClock;
}): TimerTriggers {
  const { app, state, log, clock = realTimerClock } = options;
  const timers = readTimers(app.functions.values());
  const cancels = new Map<string, () => void>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  function plan(timer: Timer, due: Date | undefined): void {
    if (stopped || !due) return;
    const wait = due.getTime() - clock.now();
    const { name } = timer.info;
    if (wait > longestWait)
      cancels.set(
        name,
        clock.wait(longestWait, () => plan(timer, due)),
      );
    else
      cancels.set(
        name,
        clock.wait(Math.max(0, wait), () => track(run(timer, due, false))),
      );
  }

  function track(work: Promise<void>): Promise<void> {
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  async function run(timer: Timer, due: Date, pastDue: boolean): Promise<void> {
    await call(timer, pastDue);
    // A run that began a little early must not be planned a second time for the same instant.
    const now = new Date(Math.max(clock.now(), due.getTime()));
    const next = timer.schedule.next(now);
    remember(timer, now, next);
    plan(timer, next);
  }

  function remember(timer: Timer, now: Date, next: Date | undefined): void {
    if (timer.monitored && next)
      state.set(timer.info.name, { last: now.toISOString(), lastUpdated: now.toISOString(), next: next.toISOString() });
  }

  async function call(timer: Timer, pastDue: boolean): Promise<void> {
    const { info } = timer;
    const status = timer.monitored ? state.get(info.name) : undefined;
    const trigger = {
      json: JSON.stringify({
        Schedule: { AdjustForDST: true },
        ScheduleStatus: statusJson(status),
        IsPastDue: pastDue,
      }),
    };
    for (let retryCount = 0; ; retryCount += 1) {
      try {
        await app.invoke(info.name, {
          trigger,
          ...(info.retry && { retryContext: { retryCount, maxRetryCount: info.retry.maxRetryCount } }),
        });
        return;
      } catch {
        // The invocation's log line names the failure.
        const delay = info.retry && !stopped ? retryDelayMs(info.retry, retryCount + 1) : undefined;
        if (delay === undefined) return;
        log('debug', `${info.name} is tried again in ${Math.round(delay)} ms`);
        await new Promise<void>((resolve) =>
          cancels.set(`${info.name} retry`, withEnd(clock.wait(delay, resolve), resolve)),
        );
        if (stopped) return;
      }
    }
  }

  return {
    start() {
      for (const timer of timers.values()) {
        const now = new Date(clock.now());
        const known = timer.monitored ? state.get(timer.info.name) : undefined;
        const next = known ? new Date(known.next) : timer.schedule.next(now);
        if (next && known && next <= now) void track(run(timer, now, true));
        else if (timer.info.trigger.runOnStartup === true) void track(run(timer, now, false));
        else {
          if (!known) remember(timer, now, next);
          plan(timer, next);
        }
      }
    },
    fire(name) {
      const timer = timers.get(name.toLowerCase());
      return timer && track(call(timer, false));
    },
    async stop() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
      await Promise.all(running);
    },
  };
}

function withEnd(cancel: () => void, end: () => void): () => void {
  return () => {
    cancel();
    end();
  };
}

function statusJson(status: TimerStatus | undefined) {
  return status ? { Last: status.last, LastUpdated: status.lastUpdated, Next: status.next } : null;
}

function readTimers(functions: Iterable<FunctionInfo>): Map<string, Timer> {
  const problems: Problem[] = [];
  const timers = new Map<string, Timer>();
  for (const info of functions) {
    if (info.trigger.type.toLowerCase() !== 'timertrigger') continue;
    try {
      const schedule = parseSchedule(String(info.trigger.schedule ?? ''));
      const monitored = info.trigger.useMonitor !== false && !schedule.frequent;
      timers.set(info.name.toLowerCase(), { info, schedule, monitored });
    } catch (error) {
      problems.push({
        code: 'SCHEDULE_INVALID',
        message: `Function "${info.name}": schedule "${String(info.trigger.schedule)}": ${(error as Error).message}.`,
      });
    }
  }
  if (problems.length > 0) throw new Refusal(problems);
  return timers;
}
