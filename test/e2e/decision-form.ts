/** A governed posting whose approver is asked for more than a yes, and a step after it that uses the answer. */
import { erpUrl, type Product } from '../support/product.ts';
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

export const STEP = 2;
export const documentsFor = (product: Product): string[] => [
  BOOKS(erpUrl(product)),
  PEOPLE,
  TWO,
  posting('noted-posting', 'labour-posting-limits'),
  posting('noted-by-two', 'two-people'),
];
