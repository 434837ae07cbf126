/** `Retry-After` (RFC 9110): seconds or a date, bounded, so that an outside system cannot park a step for years. Pure. */

const MAX_RETRY_AFTER_MS = 3_600_000;

/** Milliseconds from `nowMs`, or null when the header is absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : null;
}
