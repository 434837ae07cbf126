/**
 * Three tenants that look alike: the same people, the same names of definitions, runs in the same states; only the texts
 * carry each tenant's own mark, so that one byte of a neighbour is recognised wherever it turns up.
 */
import assert from 'node:assert/strict';
import { runId, tenantId } from '../../../src/domain/ids.ts';
import { as, callPath, type TestServices } from '../../support/services.ts';

export interface Tenant {
  readonly name: string;
  /** In every text of the tenant and in nobody else's. */
  readonly mark: string;
  readonly runs: readonly string[];
  readonly approvals: readonly string[];
  readonly artifacts: readonly string[];
  /** Names of definitions that only this tenant has. */
  readonly only: string;
  readonly cursors: ReadonlyMap<string, string>;
  call(
    roles: readonly string[],
    method: string,
    address: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): ReturnType<typeof callPath>;
}

export const STARTER = ['starter', 'author'];
const PUBLISHER = ['author', 'publisher', 'governor', 'admin'];
export const EVERYTHING = ['author', 'publisher', 'starter', 'operator', 'approver', 'governor', 'auditor', 'admin'];
export const IDEMPOTENCY_KEY = 'the-same-key-in-every-tenant';

/** Listings that page, with the query under which their cursors were made. */
export const LISTINGS = [
  '/api/v1/runs?limit=1',
  '/api/v1/runs?limit=1&workflow=shared',
  '/api/v1/approvals?limit=1',
  '/api/v1/workflows?limit=1',
  '/api/v1/connectors?limit=1',
  '/api/v1/policies?limit=1',
  '/api/v1/business-objects?limit=1',
  '/api/v1/workflows/shared/versions?limit=1',
] as const;

export async function makeTenant(opened: TestServices, name: string, mark: string): Promise<Tenant> {
  const call: Tenant['call'] = (roles, method, address, body, headers = {}) =>
    callPath(opened.services, method, address, {
      headers: {
        ...as(roles === STARTER ? 'starter' : roles === PUBLISHER ? 'publisher' : 'somebody', name, roles, ['finance']),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const good = async (...given: Parameters<Tenant['call']>): Promise<any> => {
    const answer = await call(...given);
    assert.ok(
      answer.status < 300,
      `${given[1]} ${given[2]}: ${answer.status} ${answer.text.slice(0, 500)} ${opened.faults.at(-1)}`,
    );
    return answer.body;
  };
  const until = async (run: string, states: readonly string[]): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const { state } = await good(STARTER, 'GET', `/api/v1/runs/${run}?wait=5`);
      if (states.includes(state)) return;
      assert.ok(tries < 400, `${run} stays ${state}`);
      await new Promise((resume) => setTimeout(resume, 10));
    }
  };
  /** Nothing is under way any more: from here on, only somebody's call changes the run. */
  const delivered = async (run: string): Promise<void> => {
    const scope = { tenant: tenantId(name), run: runId(run) };
    for (let tries = 0; tries < 400; tries++) {
      const stored = await opened.services.deps.runs.readHead(scope);
      const soon = new Date(Date.now() + 60_000).toISOString();
      if (stored && stored.head.outbox.every(({ notBefore }) => notBefore > soon)) return;
      await new Promise((resume) => setTimeout(resume, 10));
    }
    throw new Error(`the outbox of ${run} is not delivered`);
  };
  const only = `only-${mark}`;
  for (const round of [1, 2])
    await good(PUBLISHER, 'POST', '/api/v1/definitions', {
      texts: [documents('shared', mark, round), documents(only, mark, round), people(mark)],
    });

  const runs: string[] = [];
  const approvals: string[] = [];
  const artifacts: string[] = [];
  const input = { amount: 1, note: mark };
  for (const [at, workflow] of ['shared', only, 'shared'].entries()) {
    const key: Record<string, string> = at === 0 ? { 'idempotency-key': IDEMPOTENCY_KEY } : {};
    const { id } = await good(STARTER, 'POST', `/api/v1/workflows/${workflow}/runs`, { input }, key);
    runs.push(id);
    await until(id, ['SUSPENDED']);
    await delivered(id);
    approvals.push(`${id}~3`);
    artifacts.push(
      (await good(STARTER, 'POST', `/api/v1/runs/${id}/artifacts?name=${mark}`, mark, { 'content-type': 'text/plain' }))
        .id,
    );
  }
  const { revision, digest } = await good(EVERYTHING, 'GET', `/api/v1/approvals/${approvals[1]}`);
  await good(EVERYTHING, 'POST', `/api/v1/approvals/${approvals[1]}/decision`, {
    decision: 'reject',
    revision,
    digest,
    comment: mark,
  });
  await until(runs[1] ?? '', ['FAILED']);
  for (const run of runs) await delivered(run);

  const cursors = new Map<string, string>();
  for (const listing of LISTINGS) {
    const { cursor } = await good(EVERYTHING, 'GET', listing);
    assert.ok(cursor, `${listing} has a second page`);
    cursors.set(listing, cursor);
  }
  return { name, mark, runs, approvals, artifacts, only, cursors, call };
}

const people = (mark: string): string => `apiVersion: countersign/v1
kind: Directory
id: people
users:
  - { id: starter, name: 'Starter ${mark}', email: starter@example.test, roles: [starter] }
  - { id: somebody, name: 'Somebody ${mark}', email: somebody@example.test, roles: [approver], groups: [finance] }
  - { id: other, name: 'Other ${mark}', email: other@example.test, roles: [approver], groups: [finance] }
groups: [{ id: finance, name: 'Finance ${mark}' }]
`;

const documents = (id: string, mark: string, round: number): string => `apiVersion: countersign/v1
kind: Connector
id: ${id}
name: '${mark} ${round}'
category: comms
adapter: comms/echo
commands: { notify: { policies: [${id}-all] }, ask: { policies: [${id}] } }
---
apiVersion: countersign/v1
kind: Policy
id: ${id}-all
name: '${mark} ${round}'
rules: [{ id: all, if: 'true', then: allow, reason: ALL }]
---
apiVersion: countersign/v1
kind: Policy
id: ${id}
name: '${mark} ${round}'
rules: [{ id: some, if: 'true', then: require-approval, reason: SOME, approvers: { groups: [finance] }, assurance: link, disclose: { approver: [/arguments] } }]
texts: { SOME: '${mark}' }
---
apiVersion: countersign/v1
kind: BusinessObject
id: ${id}
name: '${mark} ${round}'
schema: { type: object, properties: { n: { type: integer } } }
key: [n]
---
apiVersion: countersign/v1
id: ${id}
name: '${mark} ${round}'
input: { type: object }
businessKey: '{{ input.note }}'
steps:
  - { id: shape, verb: TRANSFORM, map: { note: '{{ input.note }}' } }
  - { id: tell, verb: EXECUTE, connector: ${id}, command: notify, arguments: { note: '{{ input.note }}' } }
  - { id: policy, verb: GOVERN, policies: [${id}] }
  - { id: ask, verb: EXECUTE, connector: ${id}, command: ask, arguments: { note: '{{ input.note }}' }, governedBy: policy }
`;
