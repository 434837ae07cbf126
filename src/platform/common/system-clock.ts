/** The machine's clock and random ids: the only implementations that are not virtual. */
import { randomBytes, randomFillSync } from 'node:crypto';
import type { Clock, Ids } from '../../ports/clock.ts';

/** The text of the millisecond that was asked for last: a step asks ten times, and a text costs as much as reading the head. */
let lastMs = 0;
let lastText = '';

export const systemClock: Clock = {
  now: () => {
    const ms = Date.now();
    if (ms !== lastMs) {
      lastMs = ms;
      lastText = new Date(ms).toISOString();
    }
    return lastText;
  },
  // By hand: `timers/promises` builds an error with a stack for each sleep that is cut short, and every step cuts one short.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cutShort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', cutShort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', cutShort, { once: true });
    }),
};

// Drawn in one call for many: every run asks several times, and a call costs more than the bytes.
const pool = Buffer.alloc(4096);
let used = pool.length;

function bytes(length: number): Uint8Array {
  if (length > pool.length) return randomBytes(length);
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  // A copy, and nothing of it left behind: a link's token is made of such bytes.
  const given = Uint8Array.prototype.slice.call(pool, used - length, used);
  pool.fill(0, used - length, used);
  return given;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const RANDOM = 16;

/** Nine characters of milliseconds (enough until the year 5188), then 80 random bits. */
export function createIds(clock: Pick<Clock, 'now'>): Ids {
  return {
    bytes,
    next: () => Date.parse(clock.now()).toString(36).padStart(9, '0') + randomText(),
  };
}

function randomText(): string {
  let text = '';
  while (text.length < RANDOM) {
    for (const byte of bytes(RANDOM * 2)) {
      // 252 = 7 × 36: what lies above would favour some characters.
      if (byte < 252 && text.length < RANDOM) text += ALPHABET[byte % 36];
    }
  }
  return text;
}
