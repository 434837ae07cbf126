/** What an engine gave → plain JSON, or a refusal: functions, numbers that are none, too deep, too large. */
import type { Json } from '../json.ts';
import { ExpressionFailure } from './failure.ts';
import { LIMITS } from './limits.ts';

/** `undefined` stays: its meaning depends on the place. Copies, so that nothing of the engine's own hangs on. */
export function toJson(value: unknown, source: string): Json | undefined {
  if (value === undefined) return undefined;
  const budget = { left: LIMITS.output };
  return copy(value, source, budget, 0);
}

function copy(value: unknown, source: string, budget: { left: number }, depth: number): Json {
  budget.left -= typeof value === 'string' ? value.length + 2 : 4;
  if (budget.left < 0) throw new ExpressionFailure('EXPRESSION_TOO_LARGE', `${source}: the result is over the limit`);
  if (depth > LIMITS.depth)
    throw new ExpressionFailure('EXPRESSION_TOO_LARGE', `${source}: the result is nested too deep`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value;
    throw new ExpressionFailure('EXPRESSION_ERROR', `${source}: the result holds a lone surrogate`);
  }
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new ExpressionFailure('EXPRESSION_ERROR', `${source}: the result is not a finite number`);
  }
  if (Array.isArray(value)) {
    return value.map((one: unknown) => {
      if (one === undefined) throw new ExpressionFailure('EXPRESSION_UNDEFINED', `${source}: a list holds undefined`);
      return copy(one, source, budget, depth + 1);
    });
  }
  if (typeof value !== 'object' || '_jsonata_lambda' in value || '_jsonata_function' in value) {
    throw new ExpressionFailure('EXPRESSION_ERROR', `${source}: the result is a function, not a value`);
  }
  const out: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue;
    budget.left -= key.length + 2;
    if (key === '__proto__')
      throw new ExpressionFailure('EXPRESSION_ERROR', `${source}: the key __proto__ is not allowed`);
    out[key] = copy(one, source, budget, depth + 1);
  }
  return out;
}
