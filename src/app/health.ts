/**
 * Readiness: asks every dependency at once and names those that do not answer. Each has its own short time, so one that
 * hangs is named like one that refuses. Callers that come together share one look: the route is open to everybody.
 */
import { PlatformFault } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

export interface Probe {
  readonly name: string;
  /** Rejects when the dependency does not do its work. */
  readonly probe: () => Promise<void>;
}

export interface Found {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** Why not: a closed code, `TIMEOUT`, or `FAILED` when the dependency gave none. Never its own words. */
  readonly code: string | null;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly Found[];
}

export interface HealthOptions {
  readonly clock: Clock;
  readonly timeoutMs?: number;
  /** For so long a look is good for others. */
  readonly keepMs?: number;
}

export function readinessOf(
  probes: readonly Probe[],
  { clock, timeoutMs = 3_000, keepMs = 1_000 }: HealthOptions,
): () => Promise<Readiness> {
  let last: { readonly at: number; readonly look: Promise<Readiness> } | null = null;
  const look = async (): Promise<Readiness> => {
    const checks = await Promise.all(probes.map((each) => ask(each, clock, timeoutMs)));
    return { ready: checks.every(({ ok }) => ok), checks };
  };
  return () => {
    const at = Date.parse(clock.now());
    if (last === null || at - last.at >= keepMs) last = { at, look: look() };
    return last.look;
  };
}

async function ask({ name, probe }: Probe, clock: Clock, timeoutMs: number): Promise<Found> {
  const from = Date.parse(clock.now());
  const over = new AbortController();
  const silent = clock.sleep(timeoutMs, over.signal).then(
    () => 'TIMEOUT',
    () => null,
  );
  const answered = Promise.resolve()
    .then(probe)
    .then(() => null, codeOf);
  const code = await Promise.race([answered, silent]);
  over.abort();
  return { name, ok: code === null, ms: Date.parse(clock.now()) - from, code };
}

const codeOf = (error: unknown): string => (error instanceof PlatformFault ? error.code : 'FAILED');
