/** Expressions that are closed under who evaluates, as when the host ends this process: thrown, for it is no outcome of a step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExpressions } from '../../../src/platform/expressions/expressions.ts';

const WORKER = new URL('../../../src/platform/expressions/worker.ts', import.meta.url);
const CLOSING = { name: 'PlatformFault', code: 'CLOSING' };

test('what is under way when they are closed, and what comes later, is no failure of the expression', async () => {
  const expressions = createExpressions({ workerUrl: WORKER });
  const scope = { input: { many: Array.from({ length: 200_000 }, (_, n) => n) } };
  const warm = await expressions.value('{{ $sum(input.many) }}', scope);
  assert.ok(warm.ok);
  const underWay = assert.rejects(
    expressions.value('{{ $sum($map(input.many, function($n) { $n * 2 })) }}', scope),
    CLOSING,
  );
  await new Promise((later) => setImmediate(later));
  await expressions.close();
  await underWay;
  await assert.rejects(expressions.value('{{ $sum(input.many) }}', scope), CLOSING);
});
