/** Everything that is wrong with one request is told in one answer, each by its place. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { ROLES } from '../../../src/ports/identity.ts';
import { GOOD_PATH } from '../../support/bad-requests.ts';
import { as, callEdge, openServices, type TestServices } from '../../support/services.ts';

const everyone = as('somebody', 't1', ROLES);

describe('field errors', () => {
  let opened: TestServices;
  before(async () => (opened = await openServices()));
  after(() => opened.close());

  test('all field errors are told together, by pointer', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'decideApproval')!;
    const answer = await callEdge(opened.services, handling, {
      path: GOOD_PATH,
      body: '{"decision":"maybe","revision":0,"extra":1}',
      headers: { ...everyone, 'content-type': 'application/json' },
    });
    const { errors } = JSON.parse(answer.text) as { errors: { pointer: string; code: string }[] };
    assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), ['/decision', '/digest', '/extra', '/revision']);
  });
  test('problems of path, query, header and body are told together', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'startRun')!;
    const ask = (body: string, type = 'application/json') =>
      callEdge(opened.services, handling, {
        path: { workflow: 'Not A Name' },
        query: { version: 'x', color: 'red' },
        body,
        headers: { ...everyone, 'content-type': type, 'idempotency-key': 'k\u00e9y' },
      });
    const outside = ['header/idempotency-key', 'path/workflow', 'query/color', 'query/version'];
    for (const [body, type, code, inside] of [
      ['{"input":[],"trigger":"x","more":1}', 'application/json', 'INVALID_REQUEST', ['/input', '/more', '/trigger']],
      ['{"input":[1,1e999],"more":1}', 'application/json', 'BODY_NOT_JSON', ['/input', '/input/1', '/more']],
      ['{', 'application/json', 'BODY_NOT_JSON', ['']],
      ['{}', 'text/plain', 'CONTENT_TYPE', []],
    ] as const) {
      const problem = JSON.parse((await ask(body, type)).text) as { code: string; errors: { pointer: string }[] };
      assert.equal(problem.code, code);
      assert.deepEqual(
        problem.errors.map(({ pointer }) => pointer).toSorted(),
        [...inside, ...outside].toSorted(),
        body,
      );
    }
  });
  test('a document for another address is told of with all that is wrong with it', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'putWorkflow')!;
    const answer = await callEdge(opened.services, handling, {
      path: { id: 'mine' },
      body: '{"id":"other","steps":[{"id":"a","verb":"FETCH"}],"more":1}',
      headers: { ...everyone, 'content-type': 'application/json' },
    });
    const { errors } = JSON.parse(answer.text) as { errors: { code: string }[] };
    const codes = errors.map(({ code }) => code);
    assert.equal(answer.status, 400);
    for (const code of ['ID_MISMATCH', 'UNKNOWN_KEY', 'MISSING_KEY']) assert.ok(codes.includes(code), answer.text);
  });
  test('more problems than an answer lists are counted', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'startRun')!;
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`field${n}`, n]));
    const answer = await callEdge(opened.services, handling, {
      path: GOOD_PATH,
      body: JSON.stringify(many),
      headers: { ...everyone, 'content-type': 'application/json' },
    });
    const problem = JSON.parse(answer.text) as { detail: string; errors: unknown[] };
    assert.deepEqual([answer.status, problem.errors.length], [400, 200]);
    assert.match(problem.detail, /1000 problems/);
  });
});
