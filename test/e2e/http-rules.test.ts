/** What every caller may rely on at each route: entity tags, idempotency keys, filters and cursors, waiting, masks and reveals. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { PROBLEMS } from '../../src/contract/problems.ts';
import { startProduct, type Product } from '../support/product.ts';

const HELLO = { apiVersion: 'countersign/v1', id: 'hello', input: {}, steps: [step('{{ input.word }}')] };
const OTHER = { ...HELLO, id: 'other' };
function step(map: string) {
  return { id: 'say', verb: 'TRANSFORM', map: { word: map, length: 5 }, sensitive: ['/word'] };
}

/** What the tenant's chain says about reveals; to be asked when the host is gone, which alone may open its records. */
function reveals(data: string): { by: string; facts: { run: string; step: number } }[] {
  const records = new Sqlite(join(data, 'records.db'), { readonly: true });
  try {
    const bodies = records.prepare<[], string>('SELECT body FROM tenant_log ORDER BY seq').pluck().all();
    return bodies.map((body) => JSON.parse(body)).filter(({ type }) => type === 'data.revealed');
  } finally {
    records.close();
  }
}

describe('rules of the API', () => {
  let product: Product;
  let shown = '';
  before(async () => {
    product = await startProduct({ demo: false });
    for (const document of [HELLO, OTHER])
      assert.equal((await put(document, await author())).status, 200, product.output());
  });
  after(() => product.remove());

  const people = new Map<string, Record<string, string>>();
  const person = async (id: string, roles: readonly string[]) => {
    const known = people.get(id) ?? (await product.authorization({ oid: id, roles }));
    people.set(id, known);
    return known;
  };
  const author = () => person('ada', ['author', 'publisher']);
  const starter = () => person('sam', ['starter']);
  async function ask(who: Record<string, string>, method: string, path: string, body?: unknown, more = {}) {
    const response = await fetch(`${product.url}${path}`, {
      method,
      headers: { ...who, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }
  const put = (document: { id: string }, who: Record<string, string>, more = {}) =>
    ask(who, 'PUT', `/api/v1/workflows/${document.id}`, document, more);
  const start = async (workflow: string, more = {}, query = '') =>
    ask(await starter(), 'POST', `/api/v1/workflows/${workflow}/runs${query}`, { input: { word: 'hello' } }, more);

  test('a document is changed or retired only by who has read what stands there', async () => {
    const path = '/api/v1/workflows/other';
    const read = await ask(await author(), 'GET', path);
    const tag = read.headers.get('etag') ?? '';
    const changed = { ...OTHER, steps: [step('{{ $uppercase(input.word) }}')] };
    const second = await put(changed, await author(), { 'if-match': tag });
    assert.deepEqual([second.status, second.body.version], [200, 2]);
    for (const method of ['PUT', 'DELETE']) {
      const late = await ask(await author(), method, path, method === 'PUT' ? OTHER : undefined, { 'if-match': tag });
      assert.deepEqual([method, late.status, late.body.code], [method, 412, 'PRECONDITION_FAILED']);
    }
    assert.equal((await ask(await author(), 'GET', `${path}/versions/1`)).body.version, 1, 'versions stay');
  });

  test('one key and body is one run, whoever repeats it; another body under the key is refused', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await start('hello', key);
    assert.equal(first.status, 202);
    assert.equal(new URL(first.headers.get('location') ?? '').pathname, `/api/v1/runs/${first.body.id}`);
    assert.equal(first.headers.get('idempotent-replay'), null);
    const again = await start('hello', key);
    assert.deepEqual([again.status, again.body.id], [200, first.body.id]);
    assert.equal(again.headers.get('idempotent-replay'), 'true');
    const wrong = await ask(await starter(), 'POST', '/api/v1/workflows/hello/runs', { input: { word: 'x' } }, key);
    assert.deepEqual([wrong.status, wrong.body.code], [409, 'IDEMPOTENCY_MISMATCH']);
    const somebody = await person('sue', ['starter']);
    const own = await ask(somebody, 'POST', '/api/v1/workflows/hello/runs', { input: { word: 'hello' } }, key);
    assert.equal(own.status, 202);
    assert.notEqual(own.body.id, first.body.id);
  });

  test('whoever asks to wait is answered with the end', async () => {
    const { status, body } = await start('hello', {}, '?wait=30');
    assert.deepEqual([status, body.state], [200, 'SUCCEEDED']);
    const read = await ask(await starter(), 'GET', `/api/v1/runs/${body.id}?wait=30`);
    assert.deepEqual([read.body.state, read.headers.get('etag') !== null], ['SUCCEEDED', true]);
  });

  test('filters and cursors lead through everything once, and nowhere else', async () => {
    const wanted = new Set<string>();
    for (let n = 0; n < 5; n++) wanted.add((await start('other', {}, '?wait=30')).body.id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const path = `/api/v1/runs?workflow=other&state=SUCCEEDED&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { status, body } = await ask(await starter(), 'GET', path);
      assert.equal(status, 200);
      assert.ok(body.items.length <= 2);
      seen.push(...body.items.map((run: { id: string }) => run.id));
      cursor = body.cursor ?? '';
    } while (cursor);
    assert.deepEqual([...seen].sort(), [...wanted].sort());
    const wrong = await ask(await starter(), 'GET', '/api/v1/runs?limit=0&state=DONE&color=red');
    assert.deepEqual(
      wrong.body.errors.map((error: { pointer: string }) => error.pointer).sort(),
      ['query/color', 'query/limit', 'query/state'],
      'all at once',
    );
  });

  test('what is sensitive is masked; a reveal needs a right, a reason and real pointers', async () => {
    const { body: run } = await start('hello', {}, '?wait=30');
    const output = `/api/v1/runs/${run.id}/steps/say/output`;
    const masked = await ask(await starter(), 'GET', output);
    assert.deepEqual(masked.body, { output: { word: { $sensitive: true }, length: 5 } });
    const auditor = await person('otto', ['operator']);
    assert.equal((await ask(auditor, 'GET', `${output}?reveal=/word&reason=curious`)).status, 403);
    for (const query of ['reveal=/word', 'reveal=true&reason=month-end', 'reveal=/word,length&reason=month-end']) {
      const refused = await ask(await starter(), 'GET', `${output}?${query}`);
      assert.deepEqual([query, refused.status, refused.body.code], [query, 400, 'INVALID_REQUEST']);
    }
    const revealed = await ask(await starter(), 'GET', `${output}?reveal=/word&reason=month-end`);
    assert.deepEqual(revealed.body, { output: { word: 'hello', length: 5 } });
    shown = run.id;
  });

  test('every problem is one of the closed list and says what to do next', async () => {
    const answers = [
      await ask({}, 'GET', '/api/v1/runs', undefined, { 'x-forwarded-for': '192.0.2.1' }),
      await ask(await starter(), 'GET', '/api/v1/runs/run-that-is-not'),
      await ask(await starter(), 'GET', '/api/v1/rnus'),
      await ask(await starter(), 'PATCH', '/api/v1/runs', {}),
      await ask(await starter(), 'DELETE', '/api/v1/workflows/hello'),
      await ask(await starter(), 'POST', '/api/v1/workflows/hello/runs', { inputs: 1 }),
      await ask(await starter(), 'POST', '/api/v1/workflows/hello/runs', undefined),
    ];
    assert.deepEqual(
      answers.map(({ body }) => body.code),
      ['UNAUTHENTICATED', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'FORBIDDEN', 'INVALID_REQUEST', 'CONTENT_TYPE'],
    );
    for (const { status, headers, body } of answers) {
      const rule = PROBLEMS[body.code as keyof typeof PROBLEMS];
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([body.status, body.title, body.next], [status, rule.title, rule.next]);
      assert.ok(body.detail.length > 10, body.detail);
    }
  });

  test('a reveal stands in the tenant’s chain, its reason sealed', async () => {
    await product.interrupt();
    const [told, ...more] = reveals(product.data);
    assert.deepEqual([told?.by, told?.facts.run, told?.facts.step, more], ['sam', shown, 1, []]);
    assert.ok(!JSON.stringify(told).includes('month-end'), 'the reason is sealed');
  });
});
