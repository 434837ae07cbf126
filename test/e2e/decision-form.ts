/** A governed posting whose approver is asked for more than a yes, steps after it that use the answer, and the calls of its people. */
import assert from 'node:assert/strict';
import { erpUrl, ledgerOf, startProduct, type Answered, type Product } from '../support/product.ts';
import { BOOKS } from '../support/workflows.ts';
import { PEOPLE } from './approval-forms.ts';

const FORM = `{ type: object, title: Before it is posted, description: The warehouse reads this., required: [note, days, dock],
      properties: {
        note: { type: string, title: Note, description: "What \\"they\\" have to know <b>now</b>", maxLength: 300 },
        days: { type: integer, title: Days to keep, minimum: 1, maximum: 30, default: 5 },
        dock: { title: Dock, oneOf: [{ const: n, title: North }, { const: s, title: South }] },
        due: { type: string, title: Due, format: date },
        fragile: { type: boolean, title: Fragile } },
      if: { required: [fragile], properties: { fragile: { const: true } } }, then: { required: [due] } }`;

const posting = (id: string, policy: string) => `apiVersion: countersign/v1
id: ${id}
name: Post with a note
steps:
  - { id: shape, verb: TRANSFORM, map: [{ project: P-1, cents: '{{ input.amount }}' }] }
  - id: policy
    verb: GOVERN
    policies: [${policy}]
    totals: { cents: /cents }
    form: ${FORM}
  - { id: post, verb: PUSH, connector: guarded-books, resource: ledger-entries, records: '{{ steps.shape.output }}', recordKey: '{{ run.id }}', governedBy: policy }
  - { id: urgent, verb: TRANSFORM, when: 'steps.policy.output.values.days < 3', map: 1 }
output: { said: '{{ steps.policy.output.values.note }}', days: '{{ steps.policy.output.values.days }}' }
`;
const TWO = `apiVersion: countersign/v1
kind: Policy
id: two-people
rules:
  - { id: two, if: 'true', then: require-approval, reason: TWO_PEOPLE, approvers: { groups: [finance] }, quorum: 2, disclose: { approver: [/records] } }
`;

const STEP = 2;
export const NOTE = 'ask for Mrs Novotná at the north gate';
export const VALUES = { note: NOTE, days: 2, dock: 'n' };

const documentsFor = (product: Product): string[] => [
  BOOKS(erpUrl(product)),
  PEOPLE,
  TWO,
  posting('noted-posting', 'labour-posting-limits'),
  posting('noted-by-two', 'two-people'),
];

export interface Desk {
  readonly product: Product;
  /** Starts a run that asks. */
  ask(workflow?: string): Promise<{ run: string; approval: string }>;
  read(approval: string, account?: string): Promise<any>;
  /** The approver's decision over what stands, or whatever `cast` says otherwise. */
  decide(approval: string, cast: object): Promise<Answered>;
  events(run: string): Promise<readonly any[]>;
  /** How many records there are once the notice is delivered: every later one would be of a decision. */
  settled(run: string): Promise<number>;
  ended(run: string): Promise<any>;
  /** The output of a run that has succeeded: what its steps made of the answer. */
  said(run: string): Promise<any>;
  /** Entries of the run in the ledger of the outside system. */
  booked(run: string): number;
}

export async function openDesk(): Promise<Desk> {
  const product = await startProduct({ args: ['--verbose', '--json-logs'], env: { COUNTERSIGN_LOG: 'debug' } });
  const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts: documentsFor(product) });
  assert.equal(status, 200, JSON.stringify(body));
  const desk: Desk = {
    product,
    async ask(workflow = 'noted-posting') {
      const started = await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs?wait=20`, {
        input: { amount: 700 },
      });
      assert.equal(started.body.state, 'SUSPENDED', JSON.stringify(started.body));
      return { run: started.body.id, approval: `${started.body.id}~${STEP}` };
    },
    read: async (approval, account = 'approver') =>
      (await product.call(account, 'GET', `/api/v1/approvals/${approval}`)).body,
    async decide(approval, cast) {
      const { revision, digest } = await desk.read(approval);
      const whole = { decision: 'approve', revision, digest, ...cast };
      return product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, whole);
    },
    events: async (run) => (await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`)).body.items,
    async settled(run) {
      for (;;) {
        const records = await desk.events(run);
        if (records.some(({ event }) => event.type === 'OUTBOX')) return records.length;
      }
    },
    async ended(run) {
      for (;;) {
        const view = (await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`)).body;
        if (view.endedAt !== null) return view;
      }
    },
    async said(run) {
      const view = await desk.ended(run);
      assert.equal(view.state, 'SUCCEEDED', JSON.stringify(view));
      const address = `/api/v1/runs/${run}/output?reveal=&reason=${encodeURIComponent('a test')}`;
      return (await product.call('starter', 'GET', address)).body.output;
    },
    booked: (run) =>
      ledgerOf(product)
        .flatMap(({ entries }) => entries)
        .filter((entry: any) => entry.externalId === run).length,
  };
  return desk;
}
