/** Faults of every kind for any service, drawn by seed: what a bad day looks like to the platform. */
import type { Seeded } from '../seeded.ts';
import type { Fault, FaultRule } from './https-server.ts';

/** About `rate` of all requests fail; `met` counts them by kind. A silent server is left to tests of its own: it costs time. */
export function randomFaults(random: Seeded, rate: number, met: Map<string, number>): FaultRule {
  const kinds: readonly Fault[] = [
    { kind: 'status', status: 429, retryAfterMs: 2 },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 500 },
    { kind: 'reset' },
    { kind: 'lost' },
    { kind: 'lost' },
  ];
  return (asked) => {
    // A challenge that fails makes Key Vault's client forget the body of the request that it holds back.
    if (asked.operation === 'challenge' || random.next() >= rate) return null;
    const fault = random.pick(kinds);
    met.set(fault.kind, (met.get(fault.kind) ?? 0) + 1);
    return fault;
  };
}
