/** Faults as tests inject them into the doubles. */
import type { Fault, FaultRule } from './https-server.ts';

export const throttled: Fault = { kind: 'status', status: 429, retryAfterMs: 1 };
export const down: Fault = { kind: 'status', status: 503 };
export const lost: Fault = { kind: 'lost' };

/** The fault meets the first `times` requests of that operation from now on. */
export function first(operation: string, fault: Fault, times = 1): FaultRule {
  let left = times;
  return (asked) => (asked.operation === operation && left-- > 0 ? fault : null);
}
