/** What a decision is bound to: totals without floating point, digests, and what is shown of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../../src/app/link-token.ts';
import {
  contentDigest,
  requestDigest,
  totalsOf,
  type BoundRequest,
  type Content,
} from '../../../src/domain/governance/content.ts';
import { exactSum } from '../../../src/domain/governance/decimal.ts';
import {
  disclosed,
  intersectPointers,
  mergeDisclosure,
  pointersFor,
} from '../../../src/domain/governance/disclosure.ts';
import { approvalRequired, type Requirement } from '../../../src/domain/governance/policy.ts';
import type { Json } from '../../../src/domain/json.ts';

const request = (records: readonly Json[], more: Partial<BoundRequest> = {}): BoundRequest => ({
  step: 'post',
  connector: 'erp',
  connectorVersion: 1,
  target: { resource: 'entries', mode: 'create' },
  records,
  recordKeys: null,
  ...more,
});
const content = (more: Partial<Content> = {}): Content => ({
  v: 1,
  salt: 'ab'.repeat(32),
  workflow: { id: 'w', version: 1, digest: 'd' },
  run: 'r',
  policies: ['p@1'],
  validForMs: 1,
  requests: [request([{ a: 1 }, { a: 2 }])],
  subject: null,
  totals: { a: 3 },
  facts: {},
  values: null,
  requirements: [],
  texts: {},
  ...more,
});

test('sums are exact where floating point is not', () => {
  assert.equal(exactSum([0.1, 0.2]), 0.3);
  assert.equal(exactSum(['0.10', '0.20', 1e-7]), 0.3000001);
  assert.equal(exactSum([9007199254740991, 1]), '9007199254740992');
  assert.equal(exactSum(['123456789012345678901234567890.01', '0.01']), '123456789012345678901234567890.02');
  assert.equal(exactSum([-5, '5.00']), 0);
  assert.equal(exactSum([]), 0);
});

test('what is no decimal has no sum', () => {
  for (const value of ['', 'x', '1,5', '0x10', ' 1', null, true, [], {}, '1e9999', '١'] as Json[])
    assert.equal(exactSum([1, value]), null, JSON.stringify(value));
  assert.deepEqual(totalsOf([request([{ cents: 1 }, {}])], { cents: '/cents' }), { ok: false, total: 'cents' });
  assert.deepEqual(totalsOf([request([])], { cents: '/cents' }), { ok: true, totals: { cents: 0 } });
});

test('the sum of integers in minor units is their sum, in any order', () => {
  const seed = 20261121;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (cents) => {
      const expected = cents.reduce((sum, each) => sum + each, 0);
      assert.equal(exactSum(cents), expected === 0 ? 0 : expected);
      assert.equal(
        exactSum(cents.toReversed().map((each) => (each / 100).toFixed(2))),
        exactSum([(expected / 100).toFixed(2)]),
      );
    }),
    { seed, numRuns: 200 },
  );
});

test('one cent, one record, one key, another order, version, mode or salt: another digest', () => {
  const base = contentDigest(sha256, content());
  const others: Content[] = [
    content({ requests: [request([{ a: 1 }, { a: 2.01 }])] }),
    content({ requests: [request([{ a: 1 }])] }),
    content({ requests: [request([{ a: 2 }, { a: 1 }])] }),
    content({ requests: [request([{ a: 1 }, { a: 2 }], { recordKeys: ['x', 'y'] })] }),
    content({ requests: [request([{ a: 1 }, { a: 2 }], { connectorVersion: 2 })] }),
    content({ requests: [request([{ a: 1 }, { a: 2 }], { connector: 'erp2' })] }),
    content({ requests: [request([{ a: 1 }, { a: 2 }], { target: { resource: 'entries', mode: 'delete' } })] }),
    content({ requests: [request([{ a: 1 }, { a: 2 }], { target: { command: 'entries' } })] }),
    content({ workflow: { id: 'w', version: 1, digest: 'e' } }),
    content({ policies: ['p@2'] }),
    content({ validForMs: 2 }),
    content({ salt: 'cd'.repeat(32) }),
    content({ totals: { a: 4 } }),
    content({ requirements: approvalRequired.rules.map((rule) => rule.requirement as Requirement) }),
  ];
  assert.equal(new Set([base, ...others.map((each) => contentDigest(sha256, each))]).size, others.length + 1);
  assert.equal(contentDigest(sha256, content({ requests: [request([{ a: 1 }, { a: 2 }])] })), base);
  assert.equal(
    requestDigest(sha256, content().salt, request([{ b: 1, a: 1 }])),
    requestDigest(sha256, content().salt, request([{ a: 1, b: 1 }])),
  );
});

test('a person sees the fields that the policy discloses to their roles, and no others', () => {
  const record = { payee: { name: 'Ann', iban: 'DE1' }, cents: 5, 'a/b': 1 };
  const disclosure = { approver: ['/records/cents'], finance: ['/records/payee/iban', '/totals'] };
  const lead = pointersFor(disclosure, { roles: [], groups: [] });
  const finance = pointersFor(disclosure, { roles: [], groups: ['finance'] });
  assert.deepEqual(disclosed(record, '/records', lead), { cents: 5 });
  assert.deepEqual(disclosed(record, '/records', finance), { payee: { iban: 'DE1' }, cents: 5 });
  assert.equal(disclosed({ sum: 5 }, '/totals', lead), undefined);
  assert.deepEqual(disclosed(record, '/records', ['/records/a~1b', '/records/*/cents']), { cents: 5, 'a/b': 1 });
  assert.deepEqual(disclosed(record, '/records', ['/records']), record);
});

test('an author narrows what is disclosed and never widens it', () => {
  const requirement = (disclose: Requirement['disclose']): Requirement => ({
    ...(approvalRequired.rules[0]?.requirement as Requirement),
    disclose,
  });
  const policy = requirement({ approver: ['/records/cents', '/totals'], finance: ['/records'] });
  assert.deepEqual(mergeDisclosure([policy], { approver: ['/records', '/totals'] }).approver, [
    '/records/cents',
    '/totals',
  ]);
  assert.deepEqual(mergeDisclosure([policy], { finance: ['/records/iban'], boss: ['/records'] }), {
    approver: ['/records/cents', '/totals'],
    finance: ['/records/iban', '/records/cents', '/totals'],
  });
  const both = mergeDisclosure([policy, requirement({ approver: ['/totals'] })], null);
  assert.deepEqual(both['approver'], ['/totals']);
  assert.deepEqual(intersectPointers(['/records'], ['/records/a', '/totals']), ['/records/a']);
});
