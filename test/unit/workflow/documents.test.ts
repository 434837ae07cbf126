import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/domain/json.ts';
import { parseText } from '../../../src/domain/workflow/parse.ts';
import { definitionJsonSchema } from '../../../src/domain/workflow/published-schema.ts';
import { identify, validateDocument } from '../../../src/domain/workflow/validate-document.ts';
import { validateJson } from '../../../src/domain/schema/validate.ts';
import { documentOf, LABOUR, REORDER, SURROUNDINGS, surroundings } from './examples.ts';

const problemsOf = (text: string): readonly string[] => {
  const document = documentOf(text);
  const { identified, problems } = identify(document);
  if (identified === null) return problems.map((p) => `${p.code} ${p.pointer}`);
  return validateDocument(identified.kind, document, surroundings()).problems.map((p) => `${p.code} ${p.pointer}`);
};

test('every kind of LANGUAGE §5 is accepted as written', () => {
  for (const { document } of parseText(SURROUNDINGS).documents) {
    const { identified } = identify(document);
    assert.ok(identified);
    assert.deepEqual(validateDocument(identified.kind, document, surroundings()).problems, [], identified.id);
  }
  assert.deepEqual(
    problemsOf(
      'kind: Directory\nid: demo\nusers: [ { id: approver, name: A, email: approver@example.test, roles: [approver], groups: [finance], manager: boss }, { id: boss } ]\ngroups: [ { id: finance, name: Finance } ]\n',
    ),
    [],
  );
});

const rule = (more: string): string =>
  `kind: Policy\nid: p\nrules: [ { id: a, if: "true", then: allow, reason: R }, ${more} ]\n`;
const table: readonly (readonly [string, string, readonly string[]])[] = [
  ['an unknown kind', 'kind: Workflw\nid: a\n', ['INVALID_VALUE /kind']],
  ['no id', 'kind: Policy\nrules: []\n', ['MISSING_KEY /id']],
  [
    'another api version',
    'apiVersion: countersign/v2\nkind: Policy\nid: p\nrules: [ { id: a, if: "true", then: allow, reason: R } ]\n',
    ['INVALID_VALUE /apiVersion'],
  ],
  [
    'an adapter without category',
    'kind: Connector\nid: c\ncategory: erp\nadapter: http-json\n',
    ['INVALID_VALUE /adapter'],
  ],
  ['an unknown category', 'kind: Connector\nid: c\ncategory: epr\nadapter: erp/x\n', ['INVALID_VALUE /category']],
  [
    'a resource without access',
    'kind: Connector\nid: c\ncategory: erp\nadapter: erp/x\nresources: { a: {} }\n',
    ['MISSING_KEY /resources/a/access'],
  ],
  [
    'policies that do not exist',
    'kind: Connector\nid: c\ncategory: erp\nadapter: erp/x\nresources: { a: { access: write, policies: [nope] } }\ncommands: { b: { policies: [notify-alowed] } }\n',
    ['UNKNOWN_POLICY /resources/a/policies/0', 'UNKNOWN_POLICY /commands/b/policies/0'],
  ],
  [
    'an empty list of policies',
    'kind: Connector\nid: c\ncategory: erp\nadapter: erp/x\nresources: { a: { access: write, policies: [] } }\n',
    ['INVALID_VALUE /resources/a/policies'],
  ],
  [
    'a secret written out',
    'kind: Connector\nid: c\ncategory: erp\nadapter: erp/x\nsettings: { auth: { kind: basic, password: hunter2hunter2 } }\n',
    ['SECRET_IN_TEXT /settings/auth/password'],
  ],
  [
    'a secret in an address',
    'kind: Connector\nid: c\ncategory: erp\nadapter: erp/x\nsettings: { baseUrl: "https://user:passw0rd@erp.example/" }\n',
    ['SECRET_IN_TEXT /settings/baseUrl'],
  ],
  ['a rule twice', rule('{ id: a, if: "true", then: deny, reason: R }'), ['DUPLICATE_ID /rules/1/id']],
  [
    'a rule that is no condition',
    rule('{ id: b, if: "facts.x +", then: deny, reason: R }'),
    ['EXPRESSION_SYNTAX /rules/1/if'],
  ],
  ['a rule that is a number', rule('{ id: b, if: "1 + 1", then: deny, reason: R }'), ['NOT_BOOLEAN /rules/1/if']],
  [
    'a rule over a run',
    rule('{ id: b, if: "input.x > 1", then: deny, reason: R }'),
    ['EXPRESSION_FORBIDDEN /rules/1/if'],
  ],
  [
    'approval by nobody',
    rule('{ id: b, if: "true", then: require-approval, reason: R }'),
    ['MISSING_KEY /rules/1/approvers'],
  ],
  [
    'approval by empty lists',
    rule('{ id: b, if: "true", then: require-approval, reason: R, approvers: { roles: [], groups: [], users: [] } }'),
    ['MISSING_KEY /rules/1/approvers'],
  ],
  [
    'a quorum that cannot be reached',
    rule('{ id: b, if: "true", then: require-approval, reason: R, approvers: { users: [u, u] }, quorum: 2 }'),
    ['INVALID_VALUE /rules/1/quorum'],
  ],
  [
    'two links',
    rule(
      '{ id: b, if: "true", then: require-approval, reason: R, approvers: { groups: [g] }, quorum: 2, assurance: link }',
    ),
    ['INVALID_VALUE /rules/1/assurance'],
  ],
  [
    'approvers of a refusal',
    rule('{ id: b, if: "true", then: deny, reason: R, quorum: 2 }'),
    ['UNKNOWN_KEY /rules/1/quorum'],
  ],
  [
    'a reason that is no constant',
    rule('{ id: b, if: "true", then: deny, reason: "because {{ x }}" }'),
    ['INVALID_VALUE /rules/1/reason'],
  ],
  [
    'a schema out of the subset',
    'kind: BusinessObject\nid: O\nschema: { properties: { a: { $ref: "https://e.example" } } }\n',
    ['INVALID_VALUE /schema/properties/a/$ref'],
  ],
  [
    'a key that the schema does not have',
    'kind: BusinessObject\nid: O\nschema: { properties: { a: {} } }\nkey: [b]\n',
    ['UNKNOWN_KEY /key/0'],
  ],
  [
    'a directory that names nobody',
    'kind: Directory\nid: d\nusers: [ { id: a, groups: [g], manager: b }, { id: a } ]\n',
    ['DUPLICATE_ID /users/1/id', 'INVALID_VALUE /users/0/groups/0', 'INVALID_VALUE /users/0/manager'],
  ],
];
for (const [name, text, expected] of table) {
  test(`documents: ${name}`, () => assert.deepEqual(problemsOf(text), expected));
}

test('the published schema is made of the same shapes: every verb, nothing but known keys', () => {
  const text = JSON.stringify(definitionJsonSchema());
  for (const word of [
    'FETCH',
    'LOOKUP',
    'PUSH',
    'EXECUTE',
    'TRANSFORM',
    'GOVERN',
    'LOGIC_GATE',
    'forEach',
    'wait',
    'governedBy',
    'Connector',
    'Policy',
    'BusinessObject',
    'Directory',
  ]) {
    assert.ok(text.includes(`"${word}"`), word);
  }
  const branches = definitionJsonSchema()['anyOf'];
  assert.ok(Array.isArray(branches) && branches.length === 6);
  for (const branch of branches)
    assert.equal((branch as { additionalProperties?: unknown }).additionalProperties, false);
});

test('the published schema takes what validation takes, and refuses an unknown key', () => {
  const schema = definitionJsonSchema();
  const documents = [LABOUR, REORDER, SURROUNDINGS].flatMap((text) => parseText(text).documents);
  for (const { document } of documents) {
    assert.deepEqual(validateJson(schema, document), [], String(document['id']));
    assert.equal(validateJson(schema, { ...document, surprise: 1 }).length, 1);
  }
});

test('the published schema knows what a form can ask, so that an editor completes it', () => {
  const withForm = (field: JsonObject): JsonObject => ({
    id: 'x',
    steps: [
      { id: 'g', verb: 'GOVERN', policies: ['p'], subject: 1, form: { type: 'object', properties: { a: field } } },
    ],
  });
  const schema = definitionJsonSchema();
  for (const field of [
    { type: 'integer', title: 'A', default: 1 },
    { oneOf: [{ const: 'x', title: 'X' }] },
    { enum: [1] },
  ])
    assert.deepEqual(validateJson(schema, withForm(field)), [], JSON.stringify(field));
  for (const field of [{ type: 'object' }, { type: 'string', format: 'colour' }, { oneOf: [{ title: 'X' }] }])
    assert.ok(validateJson(schema, withForm(field)).length > 0, JSON.stringify(field));
});
