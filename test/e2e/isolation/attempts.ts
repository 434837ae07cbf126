/** Every way to ask for something of somebody else: each route with a parameter × each of its things × forms of its id. */
import type { Route } from '../../../src/contract/route.ts';
import type { Seeded } from '../../support/seeded.ts';
import type { Tenant } from './tenants.ts';

export interface Attempt {
  readonly what: string;
  readonly route: Route;
  readonly address: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Ids in the address: taken out of answers before they are compared. */
  readonly ids: readonly string[];
}

/** The foreign id, and guesses at it: neighbours, parts, tails. */
export function forms(id: string, random: Seeded): readonly (readonly [string, string])[] {
  const letters = [...'0123456789abcdef'];
  const [head = '', ...tail] = id.split('~');
  const whole = (changed: string): string => [changed, ...tail].join('~');
  const mutated = Array.from({ length: 8 }, () => {
    const at = 1 + random.below(head.length - 1);
    return ['guessed', whole(`${head.slice(0, at)}${random.pick(letters)}${head.slice(at + 1)}`)] as const;
  });
  return [['foreign', id], ...mutated, ['shortened', whole(head.slice(0, -1))], ['lengthened', whole(`${head}0`)]];
}

export function attemptsAt(route: Route, attacker: Tenant, victim: Tenant, random: Seeded): readonly Attempt[] {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const main = names[0];
  if (main === undefined || main === 'asset' || main === 'token') return [];
  const victims = thingsOf(main, victim);
  return victims.flatMap((thing) =>
    forms(thing, random).flatMap(([form, id]) =>
      restOf(names.slice(1)).map((rest): Attempt => {
        const values: Record<string, string> = { [main]: id, ...rest };
        const path = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
        const body = bodyOf(route, attacker);
        return {
          what: `${route.id} ${form} ${attacker.name}→${victim.name}`,
          route,
          address: `/${path}${queryOf(route)}`,
          ids: [id, id.split('~')[0] ?? id],
          ...(body === undefined ? {} : { body }),
          ...(route.id === 'putArtifact' ? { headers: { 'content-type': 'text/plain' } } : {}),
        };
      }),
    ),
  );
}

function thingsOf(parameter: string, tenant: Tenant): readonly string[] {
  if (parameter === 'run') return tenant.runs;
  if (parameter === 'approval') return [...tenant.approvals, `${tenant.runs[0]}~1`];
  if (parameter === 'artifact') return tenant.artifacts;
  return [tenant.only];
}

function restOf(names: readonly string[]): readonly Record<string, string>[] {
  const choices: Record<string, readonly string[]> = {
    step: ['shape', 'policy', 'nothing'],
    version: ['1', '2'],
    effect: ['effect~2~0~0', 'effect~4~0~0'],
  };
  return names.reduce<readonly Record<string, string>[]>(
    (all, name) => all.flatMap((one) => (choices[name] ?? ['x']).map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

function queryOf(route: Route): string {
  if (route.id === 'getArtifact') return '?reason=curious';
  if (route.id === 'putArtifact') return '?name=mine';
  if (route.id === 'getRunOutput' || route.id === 'getStepOutput') return '?reveal=&reason=curious';
  return '';
}

function bodyOf(route: Route, attacker: Tenant): unknown {
  switch (route.id) {
    case 'startRun':
      return { input: { note: attacker.mark } };
    case 'decideApproval':
      return { decision: 'reject', revision: 1, digest: 'a'.repeat(64), comment: attacker.mark };
    case 'resolveEffect':
      return { resolution: 'happened', reason: 'I say so' };
    case 'putArtifact':
      return attacker.mark;
    case 'testConnector':
      return {};
    default:
      return route.method === 'POST' ? { reason: 'I say so' } : route.method === 'PUT' ? {} : undefined;
  }
}
