/**
 * Misbehaviour on demand: which of the next requests go wrong, and how. `drop-after`, `garbage` and `slow-after` are the
 * cruel ones, because the write has happened.
 */
import { Refusal } from './server.ts';

export const FAULTS = ['slow', 'slow-after', 'drop-before', 'drop-after', '503', 'garbage'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** How many more requests it hits. */
  count: number;
  /** Requests that pass before it begins. */
  skip: number;
  readonly delayMs: number;
  readonly method: string;
}

export interface Faults {
  readonly standing: readonly Fault[];
  add(given: unknown): Fault;
  clear(): void;
  /** The fault that this request meets, if any. */
  take(method: string): Fault | null;
}

export function faultList(): Faults {
  const standing: Fault[] = [];
  return {
    standing,
    add(given) {
      const fault = parse(given);
      standing.push(fault);
      return fault;
    },
    clear: () => void standing.splice(0),
    take(method) {
      const fault = standing.find((candidate) => candidate.method === method);
      if (fault === undefined) return null;
      if (fault.skip > 0) {
        fault.skip -= 1;
        return null;
      }
      fault.count -= 1;
      if (fault.count <= 0) standing.splice(standing.indexOf(fault), 1);
      return fault;
    },
  };
}

function parse(given: unknown): Fault {
  const { kind, count = 1, skip = 0, delayMs = 2_000, method = 'POST' } = (given ?? {}) as Record<string, unknown>;
  if (!(FAULTS as readonly unknown[]).includes(kind))
    throw new Refusal(400, `kind must be one of ${FAULTS.join(', ')}`);
  if (!whole(count, 1, 100_000) || !whole(skip, 0, 100_000) || !whole(delayMs, 0, 600_000))
    throw new Refusal(400, 'count, skip and delayMs must be whole numbers within bounds');
  if (method !== 'POST' && method !== 'GET') throw new Refusal(400, 'method must be POST or GET');
  return { kind: kind as FaultKind, count, skip, delayMs, method };
}

function whole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
