/** A governed posting whose approver is asked for a note and a number, which a later step uses; and how people answer. */
import assert from 'node:assert/strict';
import { decideApproval, type Decided, type Vote } from '../../../src/app/decide-approval.ts';
import { withdrawApproval } from '../../../src/app/withdraw-approval.ts';
import type { Content } from '../../../src/domain/governance/content.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import { who } from './govern-people.ts';
import { ASK, publishSamples } from './samples.ts';
import { makeWorld, type World } from './world.ts';

export const GOVERN = 2;
export const POST = 3;
const AFTER = 4;
export const SECRET = 'ask for Mrs Novotná at the gate';
export const VALUES: JsonObject = { note: SECRET, days: 7 };

export const QUORUM: JsonObject = {
  ...ASK,
  rules: [{ ...((ASK['rules'] as JsonObject[])[1] as JsonObject), quorum: 2 }],
};

/** `check`: more keys of a GOVERN that nothing names. */
export function publish(
  world: World,
  policy: JsonObject,
  govern: JsonObject = {},
  check: JsonObject | null = null,
): void {
  publishSamples(world, policy);
  const step = (id: string, more: JsonObject): JsonObject => ({ id, ...more });
  world.publish('Workflow', 'form', {
    id: 'form',
    steps: [
      step('rows', { verb: 'FETCH', connector: 'erp', resource: 'rows' }),
      step('policy', {
        verb: 'GOVERN',
        policies: ['posting'],
        totals: { cents: '/cents' },
        form: {
          type: 'object',
          required: ['note', 'days'],
          properties: { note: { type: 'string', maxLength: 200 }, days: { type: 'integer', minimum: 1 } },
        },
        ...govern,
        ...check,
      }),
      step('post', {
        verb: 'PUSH',
        connector: 'erp',
        resource: check === null ? 'entries' : 'free',
        records: '{{steps.rows.output}}',
        recordKey: '{{item.id}}',
        ...(check === null ? { governedBy: 'policy' } : {}),
      }),
      step('after', { verb: 'TRANSFORM', map: { said: '{{steps.policy.output.values}}' } }),
    ],
  });
}

export async function asked(
  policy = ASK,
  govern: JsonObject = {},
  check: JsonObject | null = null,
): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  world.people.push({ ...world.people.find((each) => each.id === 'second')!, id: principalId('third') });
  publish(world, policy, govern, check);
  const scope = await world.start('form');
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUSPENDED', JSON.stringify(world.events));
  return { world, scope };
}

export const shownNow = (world: World, scope: RunScope, step = GOVERN): Pick<Vote, 'revision' | 'digest'> => {
  const { revision, digest } = world.request(scope, step)!;
  return { revision, digest };
};
export function vote(
  world: World,
  scope: RunScope,
  by: string,
  cast: Partial<Vote> = {},
  step = GOVERN,
): Promise<Decided> {
  const whole = {
    decision: 'approve',
    comment: 'seen',
    values: null,
    tokenHash: null,
    ...shownNow(world, scope, step),
  };
  return decideApproval(world.deps, scope, step, who(by), { ...whole, ...cast } as Vote);
}
export const contentOf = (world: World, request: RequestDocument): Content =>
  world.vault.peek(request.content) as unknown as Content;
export const takeBack = (world: World, scope: RunScope, by: string, step = GOVERN) =>
  withdrawApproval(world.deps, scope, step, { by: principalId(by), whose: 'own', reason: 'wrong' });
export const said = async (world: World, scope: RunScope) => ((await world.output(scope, AFTER)) as JsonObject)['said'];
