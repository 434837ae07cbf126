/**
 * The host's half of a retry: which timer follows a failed attempt, and what its firing begins. Pure.
 *
 * The SDK takes an event id for a timer after *every* failed attempt, the last one included; that last timer fires at once
 * and brings the failure to user code.
 */
import type { Again, Command, RetryState } from './records.ts';

/** The timer that follows a failed attempt of `command`. */
export function timerAfterFailure(command: Again, i: number, q: number, now: number): Extract<Command, { c: 'timer' }> {
  const retry = command.retry as RetryState;
  const last = retry.attempt >= retry.max;
  const delay = last ? 0 : retryDelay(retry);
  // The real host stops without a timer when the retry timeout is over, and the SDK waits for ever: the rest of the
  // attempts fails here without running, so that user code gets its error.
  const expired = retry.expired === true || (retry.until !== undefined && now + delay > retry.until);
  const next: RetryState = { ...retry, attempt: retry.attempt + 1, ...(expired ? { expired: true as const } : {}) };
  return {
    c: 'timer',
    i,
    q,
    at: last || expired ? now : now + delay,
    top: -1,
    leaf: 0,
    again: { ...command, retry: next },
    ...(last ? { last: true } : {}),
  };
}

function retryDelay(retry: RetryState): number {
  const delay = retry.first * retry.coefficient ** (retry.attempt - 1);
  return Math.min(Number.isFinite(delay) ? delay : retry.maxInterval, retry.maxInterval);
}

/** The attempt that a retry timer begins. */
export function attemptAfterTimer(again: Again, i: number, q: number, exec: string): Again {
  if (again.c === 'task') return { ...again, i, q };
  const own = again.id === `${exec}:${again.i}`;
  return { ...again, i, id: own ? `${exec}:${i}` : again.id };
}
