/**
 * Regular expressions in linear time, with a bound on the factor: RE2 works through `size of the program × length of the
 * text`, and a counted repetition makes a large program from a short pattern.
 */
import { RE2JS } from 're2js';
import { BoundedCache } from './cache.ts';

const MAX_LENGTH = 1_000;
/** Sum of all repetition counts × length of the pattern: known before the program is made. */
const MAX_REPETITION = 25_000;
const MAX_PROGRAM = 2_000;
/** Program × text that may be worked through where nobody can stop it (about a quarter of a second). */
const MAX_WORK = 20_000_000;

const compiled = new BoundedCache<string, RE2JS>(500);

/** Throws `RangeError` for a pattern that is too large, RE2's error for one that it refuses. */
export function linearPattern(source: string, mode = 0): RE2JS {
  const key = `${mode}/${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (source.length > MAX_LENGTH) throw new RangeError('the pattern is too long');
  let repetitions = 0;
  for (const count of source.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)) {
    repetitions += Math.max(Number(count[1]), Number(count[2] ?? 0));
  }
  if (repetitions * source.length > MAX_REPETITION) throw new RangeError('the pattern repeats too much');
  const fresh = RE2JS.compile(source, mode);
  if (fresh.programSize() > MAX_PROGRAM) throw new RangeError('the pattern is too large');
  compiled.set(key, fresh);
  return fresh;
}

/** Null when the text is too long for the pattern to be matched without a limit of time. */
export function findsWithin(source: string, text: string): boolean | null {
  const pattern = linearPattern(source);
  if (pattern.programSize() * text.length > MAX_WORK) return null;
  return pattern.matcher(text).find();
}
