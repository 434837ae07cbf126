/**
 * `functionTimeout` of `host.json`: a function that works longer is cut off. As on Azure that costs the whole worker, since a
 * call inside a Node process cannot be taken back: here host and app are started again.
 */
import type { InvocationObserver } from '../seam/invoker.ts';

export interface FunctionTimeout extends Pick<InvocationObserver, 'begin' | 'end'> {
  stop(): void;
}

/** Calls `exceeded` once, for the first function that works for `limitMs` or longer. */
export function limitFunctions(limitMs: number, exceeded: (functionName: string) => void): FunctionTimeout {
  /** Oldest first, because entries are added in the order of their beginning. */
  const running = new Map<string, { name: string; since: number }>();
  const timer = setInterval(
    () => {
      const [oldest] = running.values();
      if (!oldest || performance.now() - oldest.since < limitMs) return;
      clearInterval(timer);
      exceeded(oldest.name);
    },
    Math.min(1000, limitMs / 4),
  );
  timer.unref();
  return {
    begin: ({ name }, id) => void running.set(id, { name, since: performance.now() }),
    end: (_info, id) => void running.delete(id),
    stop: () => clearInterval(timer),
  };
}
