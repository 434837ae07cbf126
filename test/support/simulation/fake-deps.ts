/** Dependencies of the engine for simulations: no cryptography, no worker, no disk; each checks that it is used rightly. */
import { createSecretKey } from 'node:crypto';
import type { Deps } from '../../../src/ports/deps.ts';
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Sealed, SealedPlace } from '../../../src/domain/sealing/sealed.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import type { Evaluated, Scope } from '../../../src/ports/expressions.ts';
import type { Lanes } from '../../../src/ports/lanes.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import type { SlotStore } from '../../../src/ports/slot-store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Seeded } from '../seeded.ts';

export interface FakeParts {
  readonly runs: RunStore;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly random: Seeded;
  readonly plan: Plan;
  readonly slots: SlotStore;
  readonly faults: Faults;
  readonly silenceMs?: number;
  /** Whether the vault cannot be reached at the moment. */
  readonly vaultAway?: () => boolean;
}
/** Faults reported by code: what a test expects not to happen is not in it. */
export type Faults = Map<string, number>;

const MAC = createSecretKey(Buffer.alloc(32, 7));

export function fakeDeps(parts: FakeParts): Deps {
  const { runs, lanes, clock, random, plan, slots, faults, silenceMs = 10_000, vaultAway = () => false } = parts;
  const claims = new Map<string, { readonly bodyHash: string; readonly answer: string }>();
  const fakes = {
    runs,
    lanes,
    clock,
    plans: { get: () => Promise.resolve(plan) },
    definitions: { active: () => Promise.resolve(definition(plan)), version: () => Promise.resolve(definition(plan)) },
    vault: fakeVault(vaultAway),
    keys: {
      create: () => Promise.resolve({ version: 1, key: MAC }),
      forget: () => undefined,
      destroy: () => Promise.resolve(),
      mac: () => Promise.resolve(MAC),
    },
    idempotency: {
      find: (_tenant: string, key: string) => Promise.resolve(claims.get(key) ?? null),
      claim: (_tenant: string, key: string, entry: { bodyHash: string; answer: string }) => {
        const first = !claims.has(key);
        if (first) claims.set(key, entry);
        return Promise.resolve({ ...(claims.get(key) ?? entry), first });
      },
    },
    slots,
    expressions: fakeExpressions(),
    ids: { bytes: (length: number) => Uint8Array.from({ length }, () => random.below(256)), next: nextId(random) },
    telemetry: {
      event: () => undefined,
      fault: (code: string) => {
        faults.set(code, (faults.get(code) ?? 0) + 1);
        return `e${faults.size}`;
      },
      within: <Result>(_work: unknown, run: () => Promise<Result>) => run(),
    },
    notifier: { deliver: () => Promise.resolve() },
    settings: { publicBaseUrl: 'http://localhost', stepConcurrency: 10, silenceMs },
  };
  return fakes as unknown as Deps;
}

const nextId = (random: Seeded) => (): string =>
  `run${random.below(2 ** 31).toString(36)}${random.below(2 ** 31).toString(36)}`;

const definition = (plan: Plan) => ({
  kind: 'Workflow',
  id: plan.workflow,
  version: plan.version,
  digest: plan.digest,
  document: {},
});

/** "Seals" by naming the place; opening it anywhere else fails as a real vault would. */
function fakeVault(away: () => boolean) {
  const reach = async (): Promise<void> => {
    if (away()) throw new PlatformFault('KEY_UNAVAILABLE', 'vault');
  };
  const label = (place: SealedPlace): string =>
    `${place.tenant}/${place.id}/${place.path}/${place.field}/${place.attempt}`;
  return {
    seal: async (place: SealedPlace, value: Json) => {
      await reach();
      return `s1.1.${JSON.stringify({ at: label(place), value })}` as Sealed;
    },
    open: async (place: SealedPlace, sealed: Sealed) => {
      await reach();
      const { at, value } = JSON.parse(sealed.slice(5)) as { at: string; value: Json };
      if (at !== label(place)) throw new Error(`sealed at ${at}, opened at ${label(place)}`);
      return value;
    },
  };
}

/** `"{{ path.to.value }}"` is looked up, everything else is literal; a condition is `true`, `false` or such a path. */
function fakeExpressions() {
  const lookUp = (path: string, scope: Scope): Json | undefined =>
    path.split('.').reduce<Json | undefined>((at, key) => (at as JsonObject | undefined)?.[key], scope as JsonObject);
  const value = (template: Json, scope: Scope): Evaluated<Json> => {
    if (typeof template === 'string' && template.startsWith('{{')) {
      const found = lookUp(template.slice(2, -2).trim(), scope);
      return found === undefined
        ? { ok: false, code: 'EXPRESSION_UNDEFINED', detail: template }
        : { ok: true, value: found };
    }
    if (typeof template !== 'object' || template === null || Array.isArray(template))
      return { ok: true, value: template };
    const made: Record<string, Json> = {};
    for (const [key, each] of Object.entries(template)) {
      const evaluated = value(each, scope);
      if (!evaluated.ok) return evaluated;
      made[key] = evaluated.value;
    }
    return { ok: true, value: made };
  };
  return {
    value: (template: Json, scope: Scope) => Promise.resolve(value(template, scope)),
    condition: (condition: string, scope: Scope) => {
      const found = condition === 'true' || condition === 'false' ? condition === 'true' : lookUp(condition, scope);
      const evaluated: Evaluated<boolean> =
        typeof found === 'boolean'
          ? { ok: true, value: found }
          : { ok: false, code: 'CONDITION_ERROR', detail: condition };
      return Promise.resolve(evaluated);
    },
  };
}
