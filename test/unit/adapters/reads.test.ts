/** FETCH and LOOKUP: every way of paging ends, values are encoded one by one, authors cannot steer what the connector fixed. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { nextLink } from '../../../src/adapters/http-json/link-header.ts';
import { odataFilter } from '../../../src/adapters/http-json/odata.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { bench, httpConnector } from '../../support/outside/bench.ts';
import { json, outside, type Outside } from '../../support/outside/server.ts';

const ALL = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: null, limit: 10_000 };
const NUMBERS = Array.from({ length: 23 }, (_, n) => n);

async function reader(t: TestContext, target: Outside, list: JsonObject) {
  const made = bench([httpConnector(target.url, { resources: { list: { access: 'read', path: '/x', ...list } } })]);
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  return (
    more: { query?: JsonObject; params?: JsonObject; limit?: number; maxPages?: number } = {},
  ): Promise<readonly Json[]> => resolved.adapter.fetch(context, { ...ALL, ...more });
}

test('paging by cursor, offset, page number, Link and @odata.nextLink reads everything once', async (t) => {
  const target: Outside = await outside(t, (seen, r) => {
    const url = new URL(seen.url, 'http://x');
    const number = (name: string): number => Number(url.searchParams.get(name) ?? 0);
    const size = Math.min(number('size') || number('$top') || 5, 5);
    const start = url.searchParams.has('page') ? number('page') * size : number('from') || number('c') || number('o');
    const value = NUMBERS.slice(start, start + size);
    const next = start + size < NUMBERS.length ? start + size : null;
    const link = next === null ? undefined : `${target.url}/x?from=${next}`;
    json(
      r,
      200,
      { value, next, ...(link === undefined ? {} : { '@odata.nextLink': link }) },
      link === undefined ? {} : { link: `<${target.url}/x>; rel="first", <${link}>; rel="next"` },
    );
  });
  const pagings: JsonObject[] = [
    { kind: 'cursor', param: 'c', next: '/next', sizeParam: 'size', size: 5 },
    { kind: 'offset', param: 'o', sizeParam: 'size', size: 50 },
    { kind: 'offset', param: 'page', unit: 'pages' },
    { kind: 'link' },
    { kind: 'odata', size: 4 },
  ];
  for (const paging of pagings) {
    const read = await reader(t, target, { items: '/value', paging });
    assert.deepEqual(await read(), NUMBERS, JSON.stringify(paging));
    assert.deepEqual(await read({ limit: 7 }), NUMBERS.slice(0, 7));
    assert.ok((await read({ maxPages: 2 })).length <= 10);
  }
});

test('links may be relative, as services write them: to the page that gave them', async (t) => {
  for (const form of [
    (n: number) => `?from=${n}`,
    (n: number) => `x?from=${n}`,
    (n: number) => `/x?from=${n}`,
    (n: number) => `./x?from=${n}`,
  ]) {
    const target = await outside(t, (seen, r) => {
      const start = Number(new URL(seen.url, 'http://x').searchParams.get('from') ?? 0);
      const next = start + 5 < NUMBERS.length ? form(start + 5) : null;
      const value = NUMBERS.slice(start, start + 5);
      json(
        r,
        200,
        next === null ? { value } : { value, '@odata.nextLink': next },
        next === null ? {} : { link: `<${next}>; rel=next` },
      );
    });
    for (const kind of ['link', 'odata']) {
      const read = await reader(t, target, { items: '/value', paging: { kind } });
      assert.deepEqual(await read(), NUMBERS, `${kind} ${form(5)}`);
    }
  }
});

test('a total ends paging by offset without a last empty page', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, { v: [1, 2], n: 2 }));
  const read = await reader(t, target, { items: '/v', paging: { kind: 'offset', param: 'o', total: '/n' } });
  assert.deepEqual(await read(), [1, 2]);
  assert.equal(target.seen.length, 1);
});

test('query and path values are encoded one by one', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  const read = await reader(t, target, { path: '/a/{id}/b', query: { fixed: '1' } });
  await read({
    params: { id: 'x?y=1&z/ü' },
    query: { q: 'a&fixed=2#', n: 1.5, ok: true, gone: null, many: ['1', '2'] },
  });
  assert.equal(
    target.seen[0]?.url,
    '/a/x%3Fy%3D1%26z%2F%C3%BC/b?q=a%26fixed%3D2%23&n=1.5&ok=true&many=1&many=2&fixed=1',
  );
  await assert.rejects(async () => read({ params: { id: 'x' }, query: { fixed: '2' } }), { code: 'INVALID_RECORD' });
  await assert.rejects(async () => read({ params: {} }), { code: 'INVALID_RECORD' });
  await assert.rejects(async () => read({ params: { id: 'x' }, query: { q: {} } }), { code: 'INVALID_RECORD' });
});

test('paging parameters cannot be set by authors', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, { v: [] }));
  const paging = { kind: 'cursor', param: 'c', next: '/n', sizeParam: 'size' };
  const read = await reader(t, target, { items: '/v', paging });
  for (const name of ['c', 'size'])
    await assert.rejects(async () => read({ query: { [name]: '1' } }), { code: 'INVALID_RECORD' });
});

test('an OData value cannot end its quotes', () => {
  assert.deepEqual(odataFilter({ name: "O'Hara' or 1 eq 1", n: 3, in: ['a', 'b'] }), {
    $filter: "name eq 'O''Hara'' or 1 eq 1' and n eq 3 and (in eq 'a' or in eq 'b')",
  });
  assert.deepEqual(odataFilter({}), {});
  for (const name of ['$filter', 'a eq 1 or b', "a'", '', 'a//b'])
    assert.throws(() => odataFilter({ [name]: 1 }), { code: 'INVALID_RECORD' });
  assert.throws(() => odataFilter({ a: {} }), { code: 'INVALID_RECORD' });
});

test('Link headers are read as they are written in the wild', () => {
  assert.equal(nextLink('<a>; rel="next"'), 'a');
  assert.equal(nextLink('<a>; rel=prev, <b>; title="x"; rel=next'), 'b');
  assert.equal(nextLink('<a>; rel="last next"'), 'a');
  assert.equal(nextLink('<a>; rel="nextish"'), null);
  assert.equal(nextLink('<a'), null);
  assert.equal(nextLink(undefined), null);
  assert.equal(nextLink('<'.repeat(100_000)), null);
});

test('LOOKUP: by one key, by several, absent, refused', async (t) => {
  const target = await outside(t, (seen, r) =>
    seen.url.endsWith('none')
      ? json(r, 404, {})
      : seen.url.endsWith('no')
        ? json(r, 403, {})
        : json(r, 200, { v: { url: seen.url } }),
  );
  const one = { access: 'read', path: '/x', lookup: { path: '/x/{id}', found: '/v' } };
  const two = { access: 'read', path: '/x', lookup: { path: '/x/{a}/{b}', found: '/v' } };
  const made = bench([httpConnector(target.url, { resources: { one, two } })]);
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  assert.deepEqual(await resolved.adapter.lookup(context, { resource: 'one', key: 'ä' }), { url: '/x/%C3%A4' });
  assert.deepEqual(await resolved.adapter.lookup(context, { resource: 'two', key: { a: 1, b: 'c' } }), {
    url: '/x/1/c',
  });
  assert.equal(await resolved.adapter.lookup(context, { resource: 'one', key: 'none' }), null);
  await assert.rejects(resolved.adapter.lookup(context, { resource: 'one', key: 'no' }), { code: 'OUTSIDE_REFUSED' });
});

test('read verbs do not reach write resources, nor write verbs read resources', async (t) => {
  const resources = { r: { access: 'read', path: '/r' }, w: { access: 'write', path: '/w' } };
  const made = bench([httpConnector('http://127.0.0.1:9', { resources })]);
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  await assert.rejects(resolved.adapter.fetch(context, { ...ALL, resource: 'w' }), { code: 'READ_WRITE_MISMATCH' });
  await assert.rejects(resolved.adapter.lookup(context, { resource: 'w', key: 1 }), { code: 'READ_WRITE_MISMATCH' });
  const write = { mode: 'create' as const, records: [{}], recordKeys: null, idempotencyKey: 'k' };
  await assert.rejects(resolved.adapter.push(context, { ...write, resource: 'r' }), { code: 'READ_WRITE_MISMATCH' });
  await assert.rejects(resolved.adapter.push(context, { ...write, resource: 'x' }), { code: 'RESOURCE_UNKNOWN' });
});
