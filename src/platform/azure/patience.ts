/**
 * One rule of retrying for every Azure dependency: throttling, unavailability and broken connections are tried again within
 * bounds, then become a `PlatformFault`, which makes the run wait. The SDKs' own retries are switched off, so that a caller
 * knows when an answer may have been lost. Error texts of services may hold values: only their codes are repeated.
 */
import { PlatformFault } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Tries in all. */
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** One try of a request; large transfers get a multiple of it. */
  readonly timeoutMs: number;
}

export const PATIENCE: Omit<Patience, 'clock'> = {
  tries: 5,
  firstWaitMs: 100,
  longestWaitMs: 3_000,
  timeoutMs: 6_000,
};

const TRANSIENT: ReadonlySet<number> = new Set([408, 410, 429, 449, 500, 502, 503, 504]);

interface ServiceError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly name?: unknown;
  readonly retryAfterInMs?: unknown;
  readonly cause?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** The service's own error: some SDKs wrap it in one that says nothing. */
function service(error: unknown): ServiceError {
  let found = (error ?? {}) as ServiceError;
  while (found.code === undefined && found.statusCode === undefined && found.cause instanceof Error)
    found = found.cause as ServiceError;
  return found;
}

/** HTTP status of an error of any of the SDKs; null when no answer came. */
export function statusOf(error: unknown): number | null {
  const { statusCode, code } = service(error);
  if (typeof statusCode === 'number') return statusCode;
  // Below are the numbers of DOM exceptions.
  return typeof code === 'number' && code >= 100 ? code : null;
}

/** No answer at all: the request may have been carried out. */
const BROKEN = /^(REQUEST_SEND_ERROR|TimeoutError|AbortError|E[A-Z]+|EAI_[A-Z]+|UND_ERR_[A-Z_]+)$/;

export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== null) return TRANSIENT.has(status);
  const { code, name } = service(error);
  return BROKEN.test(String(code ?? '')) || name === 'TimeoutError' || name === 'AbortError';
}

/** What may be said of a foreign error: its status or code, never its text. */
export function codeOf(error: unknown): string {
  const status = statusOf(error);
  if (status !== null) return `status ${status}`;
  const { code, name } = service(error);
  return typeof code === 'string' ? code.slice(0, 60) : typeof name === 'string' ? name.slice(0, 60) : 'no code';
}

function askedWaitMs(error: unknown): number {
  const { retryAfterInMs, response } = service(error);
  if (typeof retryAfterInMs === 'number') return retryAfterInMs;
  const exact = Number(response?.headers?.get('retry-after-ms') ?? response?.headers?.get('x-ms-retry-after-ms'));
  if (exact > 0) return exact;
  const seconds = Number(response?.headers?.get('retry-after'));
  return seconds > 0 ? seconds * 1000 : 0;
}

export interface Asking {
  /** Of the fault when it does not answer. */
  readonly code?: PlatformFault['code'];
  /** How many times `timeoutMs` one try may take. */
  readonly timeFactor?: number;
}

/** One try, given up when its time is over: some SDKs go on for minutes inside when nothing answers, whatever they are told. */
async function inTime<Answer>(ms: number, request: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      over.abort();
      reject(Object.assign(new Error('no answer in time'), { code: 'TimeoutError' }));
    }, ms);
  });
  try {
    return await Promise.race([request(over.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs `request` until it answers, at most `tries` times, each within its time. What is not transient is thrown as it came. From
 * the second try on, an earlier one may have been carried out.
 */
export async function patiently<Answer>(
  patience: Patience,
  what: string,
  request: (signal: AbortSignal) => Promise<Answer>,
  { code = 'STORE_UNAVAILABLE', timeFactor = 1 }: Asking = {},
): Promise<Answer> {
  for (let earlier = 0; ; earlier++) {
    try {
      return await inTime(patience.timeoutMs * timeFactor, request);
    } catch (error) {
      if (error instanceof PlatformFault || !isTransient(error)) throw error;
      if (earlier + 1 >= patience.tries)
        throw new PlatformFault(code, `${what} did not answer in ${patience.tries} tries (${codeOf(error)})`);
      const backOff = patience.firstWaitMs * 2 ** earlier;
      const wait = Math.max(askedWaitMs(error), backOff / 2 + Math.random() * (backOff / 2));
      await patience.clock.sleep(Math.min(patience.longestWaitMs, wait));
    }
  }
}

/** For the ends of calls: whatever is left becomes a fault that says no more than a code. */
export function unexpected(what: string, error: unknown, code: PlatformFault['code'] = 'STORE_UNAVAILABLE'): Error {
  return error instanceof PlatformFault ? error : new PlatformFault(code, `${what} failed (${codeOf(error)})`);
}
