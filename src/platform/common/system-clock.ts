/** The machine's clock and random ids: the only implementations that are not virtual. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Ids } from '../../ports/clock.ts';

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const RANDOM = 16;

/** Nine characters of milliseconds (enough until the year 5188), then 80 random bits. */
export function createIds(clock: Pick<Clock, 'now'>): Ids {
  return {
    bytes: (length) => randomBytes(length),
    next: () => Date.parse(clock.now()).toString(36).padStart(9, '0') + randomText(),
  };
}

function randomText(): string {
  let text = '';
  while (text.length < RANDOM) {
    for (const byte of randomBytes(RANDOM * 2)) {
      // 252 = 7 × 36: what lies above would favour some characters.
      if (byte < 252 && text.length < RANDOM) text += ALPHABET[byte % 36];
    }
  }
  return text;
}
