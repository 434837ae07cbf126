/**
 * Rough weather: what the real host was seen to do under load and faults, at random but repeatable by seed.
 */
export interface Weather {
  readonly seed: number;
}
