/** Random numbers that repeat by seed (mulberry32); a test that uses them prints the seed. */
export interface Seeded {
  readonly seed: number;
  /** 0 ≤ n < 1. */
  next(): number;
  /** Integer, 0 ≤ n < limit. */
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { seed, next, below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}
