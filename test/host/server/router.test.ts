/** Which route takes a path: templates, constraints, precedence, what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { FunctionInfo } from '../../../src/host/contract.ts';
import { Refusal } from '../../../src/host/server/refusals.ts';
import { parseTemplate } from '../../../src/host/server/route-template.ts';
import { createRouter } from '../../../src/host/server/router.ts';

function http(name: string, route: string | undefined, methods: string[] = []): FunctionInfo {
  const trigger = {
    name: 'trigger',
    type: 'httpTrigger',
    direction: 'in' as const,
    methods,
    ...(route !== undefined && { route }),
  };
  return { id: name, name, trigger, bindings: { trigger } };
}
const router = (routes: string[], prefix = '') =>
  createRouter(
    routes.map((route) => http(route.replace(/\W+/g, '_') + routes.indexOf(route), route)),
    prefix,
  );
const chosen = (routes: string[], path: string) => {
  const match = router(routes).match('GET', path);
  return match && { route: match.route.template.text, params: match.params };
};

describe('precedence', () => {
  const named = {
    zRest: '{*any}',
    b_files: 'files/{*rest}',
    Alpha: '{a}/{b}/{c}',
    beta: 'files/{b}/c',
    BETA2: 'files/x/c',
  };
  const answering = (order: string[], path: string) =>
    createRouter(
      order.map((name) => http(name, named[name as keyof typeof named])),
      '',
    ).match('GET', path)?.route.info.name;

  test('is that of the names of the functions, whatever their templates, as on the real host', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(named), { minLength: 5 }), (order) => {
        assert.equal(answering(order, '/files/x/c'), 'Alpha');
        assert.equal(answering(order, '/files/y'), 'b_files');
        assert.equal(answering(order, '/files/a/b/c'), 'b_files');
        assert.equal(answering(order, '/elsewhere'), 'zRest');
        const withoutAlpha = order.filter((name) => name !== 'Alpha');
        assert.equal(answering(withoutAlpha, '/files/x/c'), 'beta');
      }),
      { seed: 4, numRuns: 30 },
    );
  });

  test('literal segments match without regard to case; a slash at the end changes nothing', () => {
    assert.deepEqual(chosen(['Runs/{id}'], '/rUNS/AbC/'), { route: 'Runs/{id}', params: { id: 'AbC' } });
  });
});

describe('parameters', () => {
  const cases: [string, string, Record<string, string> | undefined][] = [
    ['{a?}', '/', {}],
    ['x/{a=7}', '/x', { a: '7' }],
    ['x/{a:int?}', '/x', {}],
    ['x/{a:int?}', '/x/q', undefined],
    ['{*rest}', '/a/b%20c', { rest: 'a/b c' }],
    ['{a}', '/%zz', { a: '%zz' }],
    ['{a:int}', '/2147483648', undefined],
    ['{a:long}', '/2147483648', { a: '2147483648' }],
    ['{a:guid}', '/6F9619FF-8B86-D011-B42D-00CF4FC964FF', { a: '6F9619FF-8B86-D011-B42D-00CF4FC964FF' }],
    ['{a:guid}', '/x', undefined],
    ['{a:bool}', '/TRUE', { a: 'TRUE' }],
    ['{a:alpha:minlength(2)}', '/a', undefined],
    ['{a:alpha:minlength(2)}', '/ab', { a: 'ab' }],
    ['{a:length(2,3)}', '/abcd', undefined],
    ['{a:range(1,9)}', '/10', undefined],
    ['{a:max(9)}', '/9', { a: '9' }],
    ['{a:decimal}', '/-1.5', { a: '-1.5' }],
    ['{a:datetime}', '/2026-01-01', { a: '2026-01-01' }],
    ['{a:regex(^\\d{{3}}$)}', '/123', { a: '123' }],
    ['{a:regex(^\\d{{3}}$)}', '/1234', undefined],
    ['{name}.{extension}', '/a.tar.gz', { name: 'a.tar', extension: 'gz' }],
    ['{a:regex(^[a-c]+/?$)}', '/abc', { a: 'abc' }],
    ['v{major}.{minor}', '/v1.2', { major: '1', minor: '2' }],
    ['a.b', '/aXb', undefined],
  ];
  for (const [template, path, params] of cases) {
    test(`${template} takes ${path}: ${params ? JSON.stringify(params) : 'no'}`, () => {
      assert.deepEqual(chosen([template], path)?.params, params);
    });
  }
});

describe('what is refused', () => {
  const codes = (functions: FunctionInfo[]) => {
    try {
      createRouter(functions, '');
      return [];
    } catch (error) {
      assert.ok(error instanceof Refusal);
      return error.problems.map(({ code }) => code);
    }
  };
  test('malformed templates, all at once', () => {
    const bad = ['a//b', '{a', '{a}/{a}', '{*a}/b', '{a?}/b', '{a:nosuch}', '{1}', 'runtime/x', 'admin'];
    assert.deepEqual(
      codes(bad.map((route, at) => http(`f${at}`, route))),
      bad.map(() => 'ROUTE_INVALID'),
    );
  });
  test('two functions for one method and path', () => {
    assert.deepEqual(codes([http('a', 'x/{id}', ['GET']), http('b', 'X/{name}', ['GET'])]), ['ROUTE_CONFLICT']);
    assert.deepEqual(codes([http('a', 'x/{id}', ['GET']), http('b', 'x/{id}', ['POST'])]), []);
    assert.deepEqual(codes([http('a', 'x/{id:int}'), http('b', 'x/{id}')]), []);
  });
});

test('the name is the route where none is given, and GET and POST the methods', () => {
  const one = createRouter([http('hello', undefined)], 'api');
  assert.equal(one.match('POST', '/api/hello')?.route.info.name, 'hello');
  assert.equal(one.match('PUT', '/api/hello'), undefined);
  assert.equal(one.match('GET', '/hello'), undefined);
});

test('a hostile path is refused in a number of steps that grows with its length alone', () => {
  // Measured by the size that is still quick: 16 KB is what an HTTP parser lets through.
  assert.equal(parseTemplate('{a}.{b}.{c}.{d}').pattern.test(`/${'.'.repeat(16_000)}/x`), false);
  assert.equal(parseTemplate('{a}/{b}/{*c}').pattern.test('/'.repeat(16_000)), false);
});
