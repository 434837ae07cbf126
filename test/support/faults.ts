/**
 * Faults round any port, decided by the test: a call that never reaches the store, an answer lost after the work is done, a
 * stale read. Decisions are functions of the call, so that a seeded test repeats them.
 */
import { PlatformFault } from '../../src/domain/errors.ts';
import type { RunScope } from '../../src/domain/ids.ts';
import type { RunStore, StoredHead } from '../../src/ports/run-store.ts';

/** `before`: fails and nothing happened. `after`: everything happened and the answer is lost. */
export type Fault = 'before' | 'after' | null;

export interface Call {
  readonly method: string;
  /** How many calls of this port came before, over all methods. */
  readonly index: number;
  readonly arguments: readonly unknown[];
}

type Method = (...given: unknown[]) => unknown;

/** The port with faults; methods that do not return promises fail in the same way. */
export function faulty<Port extends object>(port: Port, decide: (call: Call) => Fault): Port {
  let index = 0;
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function' || typeof property === 'symbol') return member;
      return async (...given: unknown[]): Promise<unknown> => {
        const fault = decide({ method: property, index: index++, arguments: given });
        if (fault === 'before') throw new PlatformFault('STORE_UNAVAILABLE', `injected before ${property}`);
        const answer = await (member as Method).apply(target, given);
        if (fault === 'after') throw new PlatformFault('STORE_UNAVAILABLE', `injected after ${property}`);
        return answer;
      };
    },
  });
}

/**
 * A run store whose `readHead` may answer with an older head (etag and all), or with null for a run that exists, as a replica
 * that is behind would. `age` says how many commits behind this read is; more than there were means null.
 */
export function staleReads(runs: RunStore, age: (scope: RunScope, read: number) => number): RunStore {
  const seen = new Map<string, StoredHead[]>();
  let reads = 0;
  const keyOf = (scope: RunScope): string => `${scope.tenant}\n${scope.run}`;
  const remember = async (scope: RunScope): Promise<void> => {
    const now = await runs.readHead(scope);
    if (now === null) return;
    const heads = seen.get(keyOf(scope)) ?? [];
    if (heads.at(-1)?.etag !== now.etag) heads.push(now);
    seen.set(keyOf(scope), heads);
  };
  return {
    ...runs,
    async create(scope, batch) {
      const outcome = await runs.create(scope, batch);
      await remember(scope);
      return outcome;
    },
    async commit(scope, etag, batch) {
      const outcome = await runs.commit(scope, etag, batch);
      await remember(scope);
      return outcome;
    },
    async readHead(scope) {
      await remember(scope);
      const heads = seen.get(keyOf(scope)) ?? [];
      return heads[heads.length - 1 - age(scope, reads++)] ?? null;
    },
  };
}

/** Fails exactly the calls with these indices, each in the given way; `failed` tells which of them really came. */
export function faultsAt(plan: ReadonlyMap<number, Exclude<Fault, null>>): {
  readonly decide: (call: Call) => Fault;
  readonly failed: Call[];
} {
  const failed: Call[] = [];
  return {
    failed,
    decide(call) {
      const fault = plan.get(call.index) ?? null;
      if (fault !== null) failed.push(call);
      return fault;
    },
  };
}
