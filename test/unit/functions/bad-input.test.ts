/**
 * Bad input at the edge: 5,000 generated and more than 200 chosen requests, and every valid request made wrong in one place.
 * Each is a 4xx problem document with a closed code (or, where the generator happens to ask for something, a reading); never a
 * 5xx, never a text of ours, and not one byte in the data folder changes.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { PROBLEMS } from '../../../src/contract/problems.ts';
import { ROLES } from '../../../src/ports/identity.ts';
import { stateOf } from '../../support/folder-state.ts';
import { as, callEdge, callPath, openServices, type TestServices } from '../../support/services.ts';

const SEED = 20261121;
const GOOD_PATH: Record<string, string> = {
  workflow: 'nowhere',
  run: 'run-that-is-not',
  step: 'nothing',
  id: 'nothing',
  version: '1',
  approval: 'run-that-is-not~1',
  artifact: 'run-that-is-not~abcdefgh1234',
  effect: 'effect~1~0~0',
  asset: 'start.js',
  token: 'x'.repeat(43),
};
const withBody = HANDLERS.filter(({ route }) => route.body);
const everyone = as('somebody', 't1', ROLES);

const STANDING = `id: standing
input: { type: object, required: [word], additionalProperties: false, properties: { word: { type: string } } }
steps: [{ id: say, verb: TRANSFORM, map: '{{ input.word }}' }]
`;
/** A body that each route would take. */
const GOOD_BODY: Record<string, Record<string, unknown>> = {
  putWorkflow: { id: 'nothing', steps: [{ id: 'say', verb: 'TRANSFORM', map: 1 }] },
  putConnector: { kind: 'Connector', id: 'nothing', category: 'comms', adapter: 'comms/echo' },
  putPolicy: { kind: 'Policy', id: 'nothing', rules: [{ id: 'all', if: 'true', then: 'allow', reason: 'ALL' }] },
  putBusinessObject: { kind: 'BusinessObject', id: 'nothing', schema: { type: 'object' }, key: ['a'] },
  applyDefinitions: { texts: [STANDING.replace('standing', 'other')] },
  validateDefinitions: { texts: [STANDING] },
  testConnector: {},
  startRun: { input: { word: 'b' }, trigger: 'api' },
  searchRuns: { businessKey: 'x', limit: 5 },
  ...Object.fromEntries(
    [
      'cancelRun',
      'terminateRun',
      'pauseRun',
      'resumeRun',
      'retryRun',
      'retryStep',
      'revokeApproval',
      'voidApproval',
    ].map((id) => [id, { reason: 'because of this' }]),
  ),
  resolveEffect: { resolution: 'happened', reason: 'because of this' },
  decideApproval: { decision: 'approve', revision: 1, digest: 'a'.repeat(64) },
};
/** Without these the request is still a right one. */
const OPTIONAL = new Set(['startRun trigger', 'putBusinessObject key']);
/** Take free texts, and write nothing whatever they are. */
const READING = new Set(['validateDefinitions', 'searchRuns']);
const WRONG_VALUES: readonly unknown[] = [null, [], {}, 0, -1, 1.5, true, '', 'x'.repeat(5000), [[]], { a: 1 }];
const WRONG_HEADERS: readonly (readonly [string, string])[] = [
  ['idempotency-key', ''],
  ['idempotency-key', 'x'.repeat(201)],
  ['idempotency-key', 'k\u00e9y'],
  ['if-match', '*'],
  ['if-match', 'x'.repeat(8000)],
  ['if-match', '"", W/"a", not a tag'],
  ['content-length', '-1'],
  ['content-length', '99999999999999999999'],
];
const WRONG_QUERIES: readonly Record<string, string>[] = [
  { cursor: 'x' },
  { cursor: 'x'.repeat(2001) },
  { cursor: Buffer.from('{"t":"t2"}').toString('base64url') },
  { limit: '0' },
  { limit: '-1' },
  { limit: '1e3' },
  { limit: '201' },
  { limit: 'NaN' },
  { limit: '' },
  { wait: '-1' },
  { wait: '1e9' },
  { version: '0' },
  { version: '99999999999999999999' },
  { state: 'done' },
  { createdFrom: 'yesterday' },
  { reveal: 'all' },
  { from: '-5' },
  { page: '0' },
  { __proto__x: '1' },
  { 'limit[]': '1' },
];

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const CHOSEN: readonly [string, string | Uint8Array][] = [
  ['empty', ''],
  ['not JSON', '{'],
  ['two documents', '{}{}'],
  ['a comment', '{/*x*/}'],
  ['single quotes', "{'a':1}"],
  ['a trailing comma', '{"a":1,}'],
  ['NaN', '{"input":NaN}'],
  ['a byte order mark', '\ufeff{}'],
  ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['overlong UTF-8', new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['an unknown field', '{"unknownField":1}'],
  ['__proto__', '{"__proto__":{"input":{}}}'],
  ['constructor', '{"constructor":{"prototype":{}}}'],
  ['a duplicate key', '{"input":{},"input":{}}'],
  ['a lone surrogate', '{"input":{"a":"\\udc00"}}'],
  ['an unsafe integer', '{"input":{"a":12345678901234567890}}'],
  ['an infinite number', '{"input":{"a":1e999}}'],
  ['33 levels', nested(33)],
  ['100,000 levels', nested(100_000)],
  ['more than a megabyte', `{"input":{"a":"${'x'.repeat(1_000_001)}"}}`],
  ['a wrong type inside', '{"input":"text","texts":{},"reason":1,"decision":"maybe","resolution":0}'],
];

describe('bad input', () => {
  let opened: TestServices;
  let standing: Record<string, string> = {};
  const written = (): string => stateOf(opened.directory);
  before(async () => {
    opened = await openServices();
    const post = (path: string, body: unknown) =>
      callPath(opened.services, 'POST', path, {
        headers: { ...everyone, 'content-type': 'application/json', 'idempotency-key': 'first' },
        body: JSON.stringify(body),
      });
    // What there is to be damaged; the keys of the tenant come to be with it, so that later readings write nothing.
    assert.equal((await post('/api/v1/definitions', { texts: [STANDING] })).status, 200);
    const { body } = await post('/api/v1/workflows/standing/runs', { input: { word: 'a' } });
    const attached = await callPath(opened.services, 'POST', `/api/v1/runs/${body.id}/artifacts?name=a`, {
      headers: { ...everyone, 'content-type': 'text/plain' },
      body: 'bytes',
    });
    standing = { ...GOOD_PATH, workflow: 'standing', run: body.id, step: 'say', artifact: attached.body.id };
    assert.equal((await post('/api/v1/runs/search', { businessKey: 'x' })).status, 200);
    assert.equal((await callPath(opened.services, 'GET', '/api/ready')).status, 200);
  });
  after(() => opened.close());

  function judge(what: string, answer: { status: number; text: string; headers: Record<string, string> }): void {
    assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 300)} ${opened.faults.at(-1)}`);
    if (answer.status < 400 || !answer.headers['content-type']?.includes('json')) return;
    assert.equal(answer.headers['content-type'], 'application/problem+json', what);
    const problem = JSON.parse(answer.text) as { code: string; status: number; next: string };
    assert.ok(problem.code in PROBLEMS, what);
    assert.equal(problem.status, answer.status, what);
    assert.ok(problem.next.length > 0, what);
  }

  for (const [name, body] of CHOSEN) {
    test(`${name}, at each of ${withBody.length} routes with a body`, async () => {
      const before_ = written();
      for (const handling of withBody) {
        const answer = await callEdge(opened.services, handling, {
          path: GOOD_PATH,
          body,
          headers: { ...everyone, 'content-type': 'application/json' },
        });
        judge(`${handling.route.id} ${name}`, answer);
        assert.ok(
          answer.status >= 400 || name === 'constructor',
          `${handling.route.id} accepted ${name}: ${answer.status}`,
        );
      }
      assert.equal(written(), before_);
    });
  }
  assert.ok(CHOSEN.length * withBody.length >= 200);

  test('a chunked body that the host did not hand over is not taken for an empty one', async () => {
    const before_ = written();
    for (const handling of HANDLERS.filter(({ route }) => route.body ?? route.rawBody)) {
      const accepted = handling.route.rawBody?.[0] ?? 'application/json';
      const answer = await callEdge(opened.services, handling, {
        path: GOOD_PATH,
        body: '',
        headers: { ...everyone, 'content-type': accepted, 'transfer-encoding': 'chunked' },
      });
      assert.equal(answer.status, 411, handling.route.id);
      judge(handling.route.id, answer);
    }
    assert.equal(written(), before_);
  });

  for (const type of [
    '',
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
  ]) {
    test(`content type "${type}" is refused`, async () => {
      for (const handling of withBody.filter(({ route }) => !route.rawBody)) {
        const answer = await callEdge(opened.services, handling, {
          path: GOOD_PATH,
          body: '{}',
          headers: { ...everyone, ...(type === '' ? {} : { 'content-type': type }) },
        });
        assert.equal(answer.status, 415, handling.route.id);
      }
    });
  }
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
  test('unknown query parameters are refused', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'listRuns')!;
    const answer = await callEdge(opened.services, handling, { query: { status: 'FAILED' }, headers: everyone });
    assert.equal(answer.status, 400);
  });

  test('valid requests with one thing wrong: a field more, less, or of another kind', async () => {
    const before_ = written();
    let sent = 0;
    for (const handling of withBody) {
      const { id } = handling.route;
      const good = GOOD_BODY[id];
      assert.ok(good, `${id}: say which body it takes`);
      const wrong = [
        { ...good, unknownField: 1 },
        ...WRONG_VALUES.filter((value) => typeof value !== 'object' || Array.isArray(value)),
      ];
      for (const key of Object.keys(good)) {
        const { [key]: _gone, ...less } = good;
        if (!OPTIONAL.has(`${id} ${key}`)) wrong.push(less);
        wrong.push(...WRONG_VALUES.map((value) => ({ ...good, [key]: value })));
      }
      for (const body of wrong) {
        const answer = await callEdge(opened.services, handling, {
          path: standing,
          body: JSON.stringify(body),
          headers: { ...everyone, 'content-type': 'application/json' },
        });
        judge(`${id} ${JSON.stringify(body).slice(0, 200)}`, answer);
        sent += 1;
        assert.ok(answer.status >= 400 || READING.has(id), `${id} took ${JSON.stringify(body).slice(0, 200)}`);
      }
    }
    assert.equal(written(), before_);
    assert.ok(sent > 400, String(sent));
  });
  test('absurd headers and queries, at every route', async () => {
    const before_ = written();
    for (const handling of HANDLERS) {
      const ask = (query: Record<string, string>, headers: Record<string, string>) =>
        callEdge(opened.services, handling, {
          path: GOOD_PATH,
          query,
          body: JSON.stringify(GOOD_BODY[handling.route.id] ?? {}),
          headers: { ...everyone, 'content-type': 'application/json', ...headers },
        });
      for (const query of WRONG_QUERIES) {
        const answer = await ask(query, {});
        judge(`${handling.route.id} ${JSON.stringify(query).slice(0, 100)}`, answer);
        assert.ok(answer.status >= 400, `${handling.route.id} took ${JSON.stringify(query).slice(0, 100)}`);
      }
      for (const [name, value] of WRONG_HEADERS)
        judge(`${handling.route.id} ${name}`, await ask({ wrong: '1' }, { [name]: value }));
    }
    assert.equal(written(), before_);
  });
  test('a traceparent that is none is not followed, and not repeated anywhere', async () => {
    const handling = HANDLERS.find(({ route }) => route.id === 'startRun')!;
    for (const traceparent of [
      'no trace at all',
      '00-0-0-0',
      `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
      "'; --",
      'x'.repeat(5000),
    ]) {
      const answer = await callEdge(opened.services, handling, {
        path: standing,
        body: '{"input":{"word":"a"}}',
        headers: { ...everyone, 'content-type': 'application/json', traceparent },
      });
      const { traceId } = JSON.parse(answer.text) as { traceId: string };
      assert.equal(answer.status, 202);
      assert.match(traceId, /^(?!0+$)[0-9a-f]{32}$/);
      assert.ok(!answer.text.includes(traceparent));
    }
  });

  test('5,000 generated requests', async () => {
    const before_ = written();
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('../..', '%00', '$where', "' or 1=1", '\r\nX: y', '{{ $eval("1") }}', '😀', 'x'.repeat(300)),
    );
    const body = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc
        .record(
          {
            input: fc.jsonValue(),
            texts: fc.array(text, { maxLength: 3 }),
            reason: fc.oneof(text, fc.integer()),
            decision: text,
            revision: fc.double(),
            digest: text,
            resolution: text,
            businessKey: text,
            trigger: text,
            limit: fc.integer(),
            id: text,
            kind: text,
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
      fc.uint8Array({ maxLength: 200 }),
    );
    const request = fc.record({
      handling: fc.constantFrom(...HANDLERS),
      path: fc.dictionary(fc.constantFrom(...Object.keys(GOOD_PATH)), text),
      query: fc.dictionary(
        fc.constantFrom(
          'limit',
          'cursor',
          'state',
          'workflow',
          'reveal',
          'reason',
          'from',
          'version',
          'dryRun',
          'mine',
          'name',
          'page',
          'wrong',
        ),
        text,
        { maxKeys: 3 },
      ),
      body,
      contentType: fc.constantFrom(
        'application/json',
        'application/json; charset=utf-8',
        'application/x-www-form-urlencoded',
        'text/plain',
      ),
      headers: fc.dictionary(
        fc.constantFrom('if-match', 'idempotency-key', 'traceparent', 'accept', 'cookie', 'x-http-method-override'),
        fc.string({ unit: fc.constantFrom(...'abc019"*,-;=/ '), maxLength: 60 }),
        { maxKeys: 3 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ handling, path, query, body: sent, contentType, headers }) => {
        const { wait: _wait, ...rest } = query as Record<string, string>;
        const answer = await callEdge(opened.services, handling, {
          path: { ...GOOD_PATH, ...path },
          query: rest,
          body: sent,
          headers: { ...headers, ...everyone, 'content-type': contentType },
        });
        judge(handling.route.id, answer);
      }),
      { seed: SEED, numRuns: 5000 },
    );
    assert.equal(written(), before_, `seed ${SEED}`);
  });
});
