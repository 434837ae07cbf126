/** Whether a failed attempt is tried again, and when. The jitter comes from the turn itself, so a repeated activity agrees. */
import { later } from '../domain/instant.ts';
import { STEP_CODES, type StepCode } from '../domain/errors.ts';
import type { Instant } from '../domain/json.ts';
import type { Row } from '../domain/run/head.ts';
import type { PlanStep, RetryRule } from '../domain/workflow/plan.ts';

export interface FailedAttempt {
  readonly step: Pick<PlanStep, 'retry' | 'totalTimeoutMs'>;
  readonly row: Pick<Row, 'attempt' | 'fence' | 'startedAt'>;
  /** Run and step: seed of the jitter. */
  readonly seed: string;
  readonly code: StepCode;
  readonly retryAfterMs: number | null;
  readonly now: Instant;
}

export function retryAt({ step, row, seed, code, retryAfterMs, now }: FailedAttempt): Instant | null {
  const { retry, totalTimeoutMs } = step;
  if (row.attempt >= retry.maxAttempts || !isRetried(retry, code)) return null;
  const wait = Math.max(backoffMs(retry, row.attempt, `${seed}~${row.fence}`), retryAfterMs ?? 0);
  const at = later(now, wait);
  if (totalTimeoutMs !== null && at >= later(row.startedAt ?? now, totalTimeoutMs)) return null;
  return at;
}

/** `on` widens or narrows what is retried; `never` wins. Governance and control are never retried by themselves. */
function isRetried(retry: RetryRule, code: StepCode): boolean {
  const rule = STEP_CODES[code];
  if (retry.never.includes(code) || rule.kind === 'governance' || rule.kind === 'control') return false;
  return retry.on === null ? rule.retryable : retry.on.includes(code);
}

/** With jitter between half and the whole of the back-off. */
export function backoffMs(retry: RetryRule, attempt: number, seed: string): number {
  const full = Math.min(retry.initialMs * retry.backoff ** (attempt - 1), retry.maxIntervalMs);
  return Math.round(retry.jitter ? full * (0.5 + fraction(seed) / 2) : full);
}

/** A text as a number in [0, 1): FNV-1a, with MurmurHash3's last step so that neighbouring texts scatter. */
export function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
