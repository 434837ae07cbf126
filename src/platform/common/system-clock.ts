/** The machine's clock and random ids: the only implementations that are not virtual. */
import type { Clock, Ids } from '../../ports/clock.ts';
import { randomFrom } from './random.ts';

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

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const RANDOM = 16;

/** Nine characters of milliseconds (enough until the year 5188), then 80 random bits. */
export function createIds(clock: Pick<Clock, 'now'>): Ids {
  return {
    bytes: randomFrom,
    next: () => Date.parse(clock.now()).toString(36).padStart(9, '0') + randomText(),
  };
}

function randomText(): string {
  let text = '';
  while (text.length < RANDOM) {
    for (const byte of randomFrom(RANDOM * 2)) {
      // 252 = 7 × 36: what lies above would favour some characters.
      if (byte < 252 && text.length < RANDOM) text += ALPHABET[byte % 36];
    }
  }
  return text;
}
