/** Random bytes, drawn in one call for many uses: a call of the system for each would cost more than what they are used for. */
import { randomBytes, randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(8192);
let used = pool.length;

/** A copy, and nothing of it left behind: a link's token is made of such bytes. */
export function randomFrom(length: number): Buffer {
  if (length > pool.length) return randomBytes(length);
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  const given = Buffer.from(pool.subarray(used - length, used));
  pool.fill(0, used - length, used);
  return given;
}
