/** Arithmetic of instants. They are text that compares as it is; numbers of milliseconds exist for a moment only. */
import type { Instant } from './json.ts';

/** The instant that was read last: one commit computes several times with the same `now`. */
let lastText = '';
let lastMs = Number.NaN;

export function msOf(at: Instant): number {
  if (at !== lastText) {
    lastText = at;
    lastMs = Date.parse(at);
  }
  return lastMs;
}

export const later = (at: Instant, ms: number): Instant => new Date(msOf(at) + ms).toISOString();
/** Never negative: clocks of two machines may disagree. */
export function between(from: Instant, to: Instant): number {
  const start = msOf(from);
  return Math.max(0, msOf(to) - start);
}
