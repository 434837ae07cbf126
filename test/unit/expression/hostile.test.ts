/** The hostile corpus against the real worker: whatever an author writes, the caller gets an answer and the next call works. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Json } from '../../../src/domain/json.ts';
import { createExpressions } from '../../../src/platform/expressions/expressions.ts';
import { HOSTILE_VALUES } from '../../support/hostile-expressions.ts';

const expressions = createExpressions({ workers: 1, heapMb: 96 });
after(() => expressions.close());

const scope: Readonly<Record<string, Json>> = {
  input: { text: 'a'.repeat(2_000), xs: Array.from({ length: 300 }, (_, i) => i), o: { a: 1 } },
  steps: {},
  run: { id: 'r' },
};
for (const [name, source, expected] of HOSTILE_VALUES) {
  test(`hostile value: ${name}`, async () => {
    const result = await expressions.value(`{{ ${source} }}`, scope);
    assert.ok(!result.ok && expected.includes(result.code), JSON.stringify(result).slice(0, 300));
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.deepEqual(await expressions.value('{{ $sum([1, 2]) }}', scope), { ok: true, value: 3 });
  });
}

test('a pattern over which a backtracking engine would work for years', async () => {
  const text = `${'a'.repeat(5_000)}!`;
  const given = { input: { text } };
  assert.deepEqual(await expressions.value('{{ $contains(input.text, /^(a+)+$/) }}', given), {
    ok: true,
    value: false,
  });
  assert.deepEqual(await expressions.condition('re2(input.text, "^(a|a)*$")', given), { ok: true, value: false });
  const native = await expressions.condition('input.text.matches("^(a+)+$")', given);
  assert.ok(!native.ok && native.code === 'CONDITION_ERROR');
});

test('conditions in loops are stopped', async () => {
  const deep = 'input.xs.all(a, input.xs.all(b, input.xs.all(c, input.xs.all(d, d >= 0))))';
  const result = await expressions.condition(deep, scope);
  assert.ok(!result.ok && result.code === 'EXPRESSION_TIMEOUT');
  assert.deepEqual(await expressions.condition('size(input.xs) == 300', scope), { ok: true, value: true });
});

test('input over the limit is refused before it is sent', async () => {
  const huge = { input: { text: 'x'.repeat(33_000_000) } };
  const result = await expressions.value('{{ $length(input.text) }}', huge);
  assert.ok(!result.ok && result.code === 'EXPRESSION_TOO_LARGE');
  assert.deepEqual(await expressions.value('{{ 1 + 1 }}', huge), { ok: true, value: 2 });
});

test('each: one bad item ends the call with its code; a long list alone is no timeout', async () => {
  const items = Array.from({ length: 3_000 }, (_, i) => ({ a: i }));
  const good = await expressions.each({ n: '{{ $round(item.a / 2) + index }}' }, items, scope);
  assert.ok(good.ok && good.value.length === 3_000);
  const loop = '{{ item.a = 5 ? ($f := function($n) { $f($n + 1) }; $f(1)) : 1 }}';
  const bad = await expressions.each(loop, items, scope);
  assert.ok(!bad.ok && bad.code === 'EXPRESSION_TIMEOUT');
  const missing = await expressions.each('{{ item.b }}', items, scope);
  assert.ok(!missing.ok && missing.code === 'EXPRESSION_UNDEFINED');
});

test('a list field demands a list', async () => {
  const given = { steps: { t: { output: [{ a: 1 }] } } };
  const bare = await expressions.list('{{ steps.t.output[a = 1] }}', given);
  assert.ok(!bare.ok && bare.code === 'EXPRESSION_ERROR' && bare.detail.includes('{{ [ … ] }}'));
  assert.deepEqual(await expressions.list('{{ [steps.t.output[a = 1]] }}', given), { ok: true, value: [{ a: 1 }] });
});

test('calls that wait behind a killed one are answered', async () => {
  const loop = expressions.value('{{ ($f := function($n) { $f($n + 1) }; $f(1)) }}', scope);
  const rest = await Promise.all([1, 2, 3].map((n) => expressions.value(`{{ ${n} + input.o.a }}`, scope)));
  assert.deepEqual(
    rest.map((r) => r.ok && r.value),
    [2, 3, 4],
  );
  const first = await loop;
  assert.ok(!first.ok && first.code === 'EXPRESSION_TIMEOUT');
});

test('a worker that cannot be loaded is a fault of the platform, not of the expression', async () => {
  const broken = createExpressions({ workerUrl: new URL('file:///nowhere/worker.mjs'), workers: 1 });
  await assert.rejects(broken.condition('true', {}), /does not run/);
  await broken.close();
});

test('the worker sees no environment', async () => {
  process.env['COUNTERSIGN_TEST_SECRET'] = 'visible';
  const result = await expressions.value('{{ $string(process.env) }}', scope);
  assert.ok(!result.ok);
});

test('rules of policies know inGroup, conditions of steps do not', async () => {
  const given = { principals: { starter: { groups: ['finance'] } } };
  const rule = 'inGroup(principals.starter, "finance")';
  assert.deepEqual(await expressions.condition(rule, given, true), { ok: true, value: true });
  const step = await expressions.condition(rule, given);
  assert.ok(!step.ok && step.code === 'CONDITION_ERROR');
});

test('what is large but honest works: grouping, mapping and adding over thousands of records', async () => {
  const given = { input: { xs: Array.from({ length: 2_000 }, (_, i) => ({ k: `k${i}`, v: i })) } };
  const grouped = await expressions.value('{{ input.xs{k: $sum(v)} }}', given);
  assert.ok(grouped.ok && Object.keys(grouped.value as object).length === 2_000);
  assert.deepEqual(await expressions.value('{{ $sum($map(input.xs, function($x) { $x.v })) }}', given), {
    ok: true,
    value: 1_999_000,
  });
});
