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
import {
  CHOSEN,
  GOOD_BODY,
  GOOD_PATH,
  OPTIONAL,
  READING,
  STANDING,
  WRONG_HEADERS,
  WRONG_QUERIES,
  WRONG_VALUES,
} from '../../support/bad-requests.ts';
import { stateOf } from '../../support/folder-state.ts';
import { as, callEdge, callPath, openServices, type TestServices } from '../../support/services.ts';

const SEED = 20261121;
const withBody = HANDLERS.filter(({ route }) => route.body);
const everyone = as('somebody', 't1', ROLES);

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
