/** A clock for timer triggers that moves only when a test says so, and lets what it woke finish. */
import type { TimerClock } from '../../../src/host/server/timer-trigger.ts';

export interface VirtualClock extends TimerClock {
  /** Goes on by `ms`, in steps of at most `step`, firing what falls due in order. */
  advance(ms: number, step?: number): Promise<void>;
}

export function virtualClock(start: string): VirtualClock {
  let now = Date.parse(start);
  const waiting = new Set<{ at: number; fire: () => void }>();
  // Several turns, because an invocation passes through several promises.
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    wait(ms, fire) {
      const entry = { at: now + ms, fire };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    async advance(ms, step = Number.POSITIVE_INFINITY) {
      const end = now + ms;
      await settle();
      while (now < end) {
        const next = Math.min(end, now + step, ...[...waiting].map(({ at }) => at));
        now = Math.max(now, next);
        const due = [...waiting].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
        for (const entry of due) {
          waiting.delete(entry);
          entry.fire();
        }
        await settle();
        if (due.length === 0 && next >= end) break;
      }
    },
  };
}
