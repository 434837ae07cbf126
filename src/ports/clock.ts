/** Time, identifiers and randomness: ports, so that simulations run on a virtual clock and repeat by seed. */
import type { Instant } from '../domain/json.ts';

export interface Clock {
  now(): Instant;
  /** Resolves after so many milliseconds of this clock, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A new random id, `[a-z0-9]`, sortable by creation time. */
  next(): string;
}
