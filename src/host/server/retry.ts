/** Retry policies of triggers (fixed delay, exponential backoff), applied by the host as on Azure. */
import type { TriggerRetry } from '../contract.ts';

/** Delay before retry number `retryCount` (1 is the first), or `undefined` when none is left; -1 retries for ever. */
export function retryDelayMs(
  policy: TriggerRetry,
  retryCount: number,
  random: () => number = Math.random,
): number | undefined {
  if (policy.maxRetryCount >= 0 && retryCount > policy.maxRetryCount) return undefined;
  if (policy.retryStrategy === 'fixedDelay') return (policy.delayInterval?.seconds ?? 0) * 1000;
  const least = (policy.minimumInterval?.seconds ?? 1) * 1000;
  const most = (policy.maximumInterval?.seconds ?? 60) * 1000;
  const growth = least * 2 ** Math.min(retryCount - 1, 30);
  return Math.min(most, Math.max(least, growth * (0.8 + 0.4 * random())));
}
