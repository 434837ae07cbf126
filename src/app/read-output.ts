/**
 * Outputs and errors as far as the caller may see them. What a step calls sensitive is masked; a reveal opens it, needs a
 * reason, and is written to the tenant's chain before the value is answered.
 */
import type { Deps } from '../ports/deps.ts';
import { Problem } from '../contract/problems.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { isJsonObject } from '../domain/json.ts';
import type { ResultDocument } from '../domain/run/documents.ts';
import type { Head } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import { SENSITIVE } from './read-run.ts';

export interface Reveal {
  readonly by: PrincipalId;
  /** JSON pointers; the empty one is everything. */
  readonly pointers: readonly string[];
  readonly reason: string;
}

export type OutputView = { readonly output?: Json; readonly error?: Json };

type Reader = Pick<Deps, 'runs' | 'vault' | 'tenantLog' | 'clock'>;

/** `step` is an ordinal; the run's own output is that of `$end`. Null when there is nothing yet. */
export async function readOutput(
  deps: Reader,
  scope: RunScope,
  head: Head,
  plan: Plan,
  step: number,
  reveal: Reveal | null,
): Promise<OutputView | null> {
  if (head.erasedAt != null) throw new Problem('GONE', 'The data of this run is erased.', [], { at: head.erasedAt });
  const id = head.rows[step]?.result ?? null;
  const result = id === null ? null : await deps.runs.readDocument(scope, 'result', id);
  if (result === null) return null;
  const hidden = result.what === 'error' ? true : sensitivity(plan, step);
  const purpose = reveal === null ? 'step' : 'reveal';
  if (reveal === null && hidden === true) return { [result.what]: SENSITIVE };
  const value = await deps.vault.open(placeOf(scope, result), result.value, purpose);
  if (reveal === null) return { [result.what]: mask(value, hidden === false ? [] : (hidden as readonly string[])) };
  await deps.tenantLog.append(scope.tenant, {
    at: deps.clock.now(),
    by: reveal.by,
    type: 'data.revealed',
    facts: {
      run: scope.run,
      step,
      what: result.what,
      pointers: reveal.pointers.length,
      why: await sealWhy(deps, scope, step, reveal),
    },
  });
  return { [result.what]: show(value, hidden, reveal.pointers) };
}

/** What was shown and the person's own words for it: sealed with the run's key, as the words may speak of its data. */
function sealWhy(deps: Pick<Deps, 'vault'>, scope: RunScope, step: number, { reason, pointers }: Reveal) {
  const place = {
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path: `reveal/${step}`,
    field: 'why',
    attempt: 0,
  } as const;
  return deps.vault.seal(place, { reason, pointers: [...pointers] });
}

export function placeOf(scope: RunScope, result: Pick<ResultDocument, 'step' | 'what' | 'attempt'>) {
  return {
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path: `step/${result.step}`,
    field: result.what,
    attempt: result.attempt,
  } as const;
}

function sensitivity(plan: Plan, step: number): boolean | readonly string[] {
  return plan.steps[step - 1]?.sensitive ?? true;
}

function show(value: Json, hidden: boolean | readonly string[], pointers: readonly string[]): Json {
  if (pointers.includes('')) return value;
  if (hidden === true) return pointers.map((pointer) => ({ pointer, value: at(value, pointer) ?? null }));
  return mask(
    value,
    (hidden === false ? [] : hidden).filter((pointer) => !pointers.includes(pointer)),
  );
}

function mask(value: Json, pointers: readonly string[]): Json {
  return pointers.reduce<Json>((masked, pointer) => maskAt(masked, tokens(pointer)), value);
}

/** `-` stands for every item of a list. */
function maskAt(value: Json, path: readonly string[]): Json {
  const [first, ...rest] = path;
  if (first === undefined) return SENSITIVE;
  if (Array.isArray(value))
    return value.map((item: Json, index) => (first === '-' || first === String(index) ? maskAt(item, rest) : item));
  if (!isJsonObject(value) || !(first in value)) return value;
  return { ...(value as JsonObject), [first]: maskAt(value[first] as Json, rest) };
}

function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const token of tokens(pointer)) {
    if (Array.isArray(found)) found = found[Number(token)] as Json | undefined;
    else if (isJsonObject(found) && Object.hasOwn(found, token)) found = found[token];
    else return undefined;
  }
  return found;
}

function tokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
