/** What one evaluation may use. The wall limit is kept outside, by whoever can stop a thread. */
export const LIMITS = {
  /** Characters of one text that an expression makes. */
  text: 2_000_000,
  /** Elements of one list that an expression makes. */
  sequence: 200_000,
  /** Depth of calls; the library also counts what it evaluates side by side, such as the groups of a grouping. */
  stack: 20_000,
  /** Characters of a result, counted as JSON. */
  output: 16_000_000,
  depth: 64,
  pad: 1_000,
} as const;

/** The result or what was read is over a limit. */
export class TooLarge extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'TooLarge';
  }
}
