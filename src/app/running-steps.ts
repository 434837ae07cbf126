/**
 * Abort signals of the steps that this process is working on. A commit that cancels them fires the signals here; turns in
 * other processes find out from the head at their next heartbeat.
 */
import type { RunScope } from '../domain/ids.ts';

const running = new Map<string, Set<AbortController>>();
const keyOf = (scope: RunScope, step: number): string => `${scope.tenant}/${scope.run}/${step}`;

export function enter(scope: RunScope, step: number, controller: AbortController): () => void {
  const key = keyOf(scope, step);
  const set = running.get(key) ?? new Set();
  running.set(key, set.add(controller));
  return () => {
    set.delete(controller);
    if (set.size === 0 && running.get(key) === set) running.delete(key);
  };
}

export function abortSteps(scope: RunScope, steps: readonly number[], reason: Error): void {
  for (const step of steps) {
    for (const controller of running.get(keyOf(scope, step)) ?? []) controller.abort(reason);
  }
}
