/** Keys of the language that no sample uses, run on the product: what each does to the steps of a run. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProduct, type Product } from '../support/product.ts';

const SURROUNDINGS = `kind: Connector
id: tell
category: comms
adapter: comms/echo
commands: { note: { policies: [never-loud] } }
---
kind: Policy
id: never-loud
rules:
  - { id: loud, if: "facts.volume > 5", then: deny, reason: TOO_LOUD }
  - { id: rest, if: "true", then: allow, reason: QUIET }
---
kind: BusinessObject
id: Item
schema: { type: object, required: [no], additionalProperties: false, properties: { no: { type: integer } } }
key: [no]
`;
const value = (id: string, map: string, more = '') => `{ id: ${id}, verb: TRANSFORM, map: ${map}${more} }`;
const govern = (more: string) =>
  `{ id: quiet, verb: GOVERN, policies: [never-loud], facts: { volume: '{{ input.volume }}' }${more} }`;
const TELL =
  '{ id: tell, verb: EXECUTE, connector: tell, command: note, arguments: { text: hello }, governedBy: quiet }';

type Case = readonly [name: string, steps: readonly string[], rest: string, input: object, expected: object];
const CASES: readonly Case[] = [
  [
    'returns: a schema, an object and a list of them that fit',
    [
      value('schema', "'{{ input.volume }}'", ', returns: { type: integer }'),
      value('one', '{ no: 1 }', ', returns: Item'),
      value('many', '[{ no: 1 }, { no: 2 }]', ', returns: "Item[]"'),
    ],
    '',
    { volume: 1 },
    { schema: 'SUCCEEDED', one: 'SUCCEEDED', many: 'SUCCEEDED' },
  ],
  [
    'returns: what does not fit fails the step',
    [value('many', '[{ no: 1 }, { no: two }]', ', returns: "Item[]", onError: continue'), value('next', '1')],
    '',
    { volume: 1 },
    { many: 'FAILED RETURNS_MISMATCH', next: 'SUCCEEDED' },
  ],
  [
    'a GOVERN that allows: what it governs runs',
    [govern(', onReject: continue'), TELL, value('next', '1')],
    '',
    { volume: 5 },
    { quiet: 'SUCCEEDED', tell: 'SUCCEEDED', next: 'SUCCEEDED' },
  ],
  [
    'a GOVERN that denies, onReject: continue: only what it governs stays unrun',
    [govern(', onReject: continue'), TELL, value('next', '1')],
    '',
    { volume: 6 },
    { quiet: 'SUCCEEDED', tell: 'SKIPPED NOT_APPROVED', next: 'SUCCEEDED' },
  ],
  [
    'a GOVERN that denies, by default: the run fails',
    [govern(''), TELL, value('next', '1')],
    '',
    { volume: 6 },
    { quiet: 'FAILED GOVERN_DENIED', tell: 'SKIPPED UPSTREAM_FAILED', next: 'SKIPPED UPSTREAM_FAILED' },
  ],
  [
    '`when` on a GOVERN: what it governs is not approved',
    [govern(", when: 'input.volume > 100'"), TELL, value('next', '1')],
    '',
    { volume: 1 },
    { quiet: 'SKIPPED CONDITION', tell: 'SKIPPED NOT_APPROVED', next: 'SUCCEEDED' },
  ],
  [
    'switch, handlers of a step, finally with the outcome',
    [
      "{ id: way, verb: LOGIC_GATE, switch: [{ if: 'input.volume > 5', then: [high] }, { if: 'input.volume > 2', then: [middle] }], else: [low] }",
      value('high', '1'),
      value(
        'middle',
        '\'{{ $number("x") }}\'',
        ', onError: { steps: [{ id: mend, verb: TRANSFORM, map: 1 }], then: continue }',
      ),
      value('low', '1'),
    ],
    "finally: [{ id: last, verb: TRANSFORM, map: '{{ run.outcome }}', returns: { const: SUCCEEDED } }]\n",
    { volume: 3 },
    {
      way: 'SUCCEEDED',
      high: 'SKIPPED LOGIC_GATE',
      middle: 'FAILED EXPRESSION_ERROR',
      mend: 'SUCCEEDED',
      low: 'SKIPPED LOGIC_GATE',
      last: 'SUCCEEDED',
    },
  ],
];

describe('keys of the language at work', () => {
  let product: Product;
  let everyone: Record<string, string>;
  const ask = async (path: string, body: unknown) => {
    const headers = { ...everyone, 'content-type': 'application/json' };
    const response = await fetch(`${product.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = await response.json();
    assert.ok(response.status < 300, JSON.stringify(answer));
    return answer as { steps: { id: string; state: string; reason: string | null; error: { code: string } | null }[] };
  };
  before(async () => {
    product = await startProduct({ demo: false });
    everyone = await product.authorization({ oid: 'eva', roles: ['author', 'publisher', 'governor', 'starter'] });
    const texts = CASES.map(([, steps, rest], at) => {
      const input = 'input: { type: object, required: [volume], properties: { volume: { type: integer } } }';
      return `id: case-${at}\n${input}\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}${rest}`;
    });
    await ask('/api/v1/definitions', { texts: [SURROUNDINGS, ...texts] });
  });
  after(() => product.remove());

  for (const [at, [name, , , input, expected]] of CASES.entries()) {
    test(name, async () => {
      const { steps } = await ask(`/api/v1/workflows/case-${at}/runs?wait=30`, { input });
      const told = steps.map(({ id, state, reason, error }) => [
        id,
        [state, reason ?? error?.code].filter(Boolean).join(' '),
      ]);
      assert.deepEqual(Object.fromEntries(told), expected);
    });
  }
});
