/**
 * The hostile corpus of expressions in workflows of the product as it runs: each is refused when it is published, or ends its own
 * step with a code, while other runs go on and every later one works.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HOSTILE_VALUES } from '../support/hostile-expressions.ts';
import { startProduct, type Product } from '../support/product.ts';

const INPUT = { text: 'a'.repeat(2000), xs: Array.from({ length: 300 }, (_, i) => i), o: { a: 1 } };
const CONDITIONS: readonly (readonly [string, string])[] = [
  ['loops in loops', 'input.xs.all(a, input.xs.all(b, input.xs.all(c, input.xs.all(d, d >= 0))))'],
  ['a native pattern', 'input.text.matches("^(a+)+$")'],
  ['a missing field', 'input.nothing > 3'],
  ['the prototype', 'input.o.__proto__ == null'],
  ['no boolean', 'input.o.a'],
];

describe('hostile expressions on the product', () => {
  let product: Product;
  before(async () => (product = await startProduct({ demo: false })));
  after(() => product.remove());

  const publish = (id: string, step: object) =>
    product.call('owner', 'PUT', `/api/v1/workflows/${id}`, {
      id,
      input: { type: 'object' },
      retry: { maxAttempts: 1 },
      steps: [{ id: 'bad', verb: 'TRANSFORM', map: 1, ...step }],
    });
  const run = (id: string) => product.call('starter', 'POST', `/api/v1/workflows/${id}/runs?wait=60`, { input: INPUT });

  async function refusedOrFailed(id: string, step: object, codes: readonly string[]): Promise<void> {
    const published = await publish(id, step);
    if (published.status !== 200) {
      assert.equal(published.status, 422, JSON.stringify(published.body));
      for (const { code } of published.body.errors)
        assert.match(code, /^(EXPRESSION_(SYNTAX|FORBIDDEN)|NOT_BOOLEAN|DYNAMIC_REFERENCE|UNKNOWN_KEY)$/);
      return;
    }
    const { body } = await run(id);
    assert.equal(body.state, 'FAILED', JSON.stringify(body));
    assert.ok(codes.includes(body.steps[0].error.code), `${body.steps[0].error.code}, not ${codes.join()}`);
  }

  test('values and conditions: refused or failed by themselves; honest runs beside them succeed', async () => {
    assert.equal((await publish('honest', { map: '{{ $sum(input.xs) }}' })).status, 200);
    const hostile: (() => Promise<void>)[] = [
      ...HOSTILE_VALUES.map(
        ([, source, codes], n) =>
          () =>
            refusedOrFailed(`value-${n}`, { map: `{{ ${source} }}` }, codes),
      ),
      ...CONDITIONS.map(
        ([, source], n) =>
          () =>
            refusedOrFailed(`condition-${n}`, { when: source }, ['CONDITION_ERROR', 'EXPRESSION_TIMEOUT']),
      ),
    ];
    // Four at a time, so that some wait behind one that has to be killed.
    while (hostile.length > 0) {
      const [, honest] = await Promise.all([Promise.all(hostile.splice(0, 4).map((each) => each())), run('honest')]);
      assert.equal(honest.body.state, 'SUCCEEDED', JSON.stringify(honest.body));
    }
  });

  test('nothing crashed, nothing was restarted, and the service answers', async () => {
    assert.doesNotMatch(product.output(), /APP_CRASHED|failed inside the host|INTERNAL|restart/i);
    assert.equal((await product.call('starter', 'GET', '/api/health')).status, 200);
    assert.equal((await run('honest')).body.state, 'SUCCEEDED');
  });
});
