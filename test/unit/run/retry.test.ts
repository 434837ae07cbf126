/** Which failures are tried again, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, fraction, retryAt, type FailedAttempt } from '../../../src/activities/step-retry.ts';
import type { StepCode } from '../../../src/domain/errors.ts';
import type { RetryRule } from '../../../src/domain/workflow/plan.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const RULE: RetryRule = {
  maxAttempts: 3,
  initialMs: 2_000,
  backoff: 2,
  maxIntervalMs: 60_000,
  jitter: false,
  on: null,
  never: [],
};

function wait(code: StepCode, change: Partial<RetryRule> = {}, more: Partial<FailedAttempt> = {}): number | null {
  const step = { retry: { ...RULE, ...change }, totalTimeoutMs: null };
  const row = { attempt: 1, fence: 1, startedAt: NOW };
  const at = retryAt({ step, row, seed: 'r~1', code, retryAfterMs: null, now: NOW, ...more });
  return at === null ? null : Date.parse(at) - Date.parse(NOW);
}

test('the waits grow by the back-off up to the longest interval', () => {
  const rule = { ...RULE, maxIntervalMs: 10_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((attempt) => backoffMs(rule, attempt, 's')),
    [2_000, 4_000, 8_000, 10_000, 10_000],
  );
});

test('jitter keeps between half and the whole, and a repeated activity agrees with itself', () => {
  for (let at = 0; at < 500; at++) {
    const waited = backoffMs({ ...RULE, jitter: true }, 2, `seed ${at}`);
    assert.ok(waited >= 2_000 && waited <= 4_000, `seed ${at}: ${waited}`);
    assert.equal(waited, backoffMs({ ...RULE, jitter: true }, 2, `seed ${at}`));
  }
  const spread = new Set(Array.from({ length: 100 }, (_, at) => Math.floor(fraction(`r~${at}`) * 10)));
  assert.equal(spread.size, 10);
});

test('only retryable codes are tried again, unless `on` names others; `never` wins', () => {
  assert.equal(wait('OUTSIDE_UNAVAILABLE'), 2_000);
  assert.equal(wait('OUTSIDE_REFUSED'), null);
  assert.equal(wait('OUTSIDE_REFUSED', { on: ['OUTSIDE_REFUSED'] }), 2_000);
  assert.equal(wait('OUTSIDE_UNAVAILABLE', { on: ['OUTSIDE_REFUSED'] }), null);
  assert.equal(wait('OUTSIDE_UNAVAILABLE', { never: ['OUTSIDE_UNAVAILABLE'] }), null);
});

test('a decision is never asked for again by a retry, whatever the author writes', () => {
  for (const code of ['GOVERN_REJECTED', 'UNGOVERNED_EFFECT', 'EFFECT_CHANGED', 'CANCELLED'] as const) {
    assert.equal(wait(code, { on: [code] }), null, code);
  }
});

test('the last attempt is the last', () => {
  const row = { attempt: 3, fence: 3, startedAt: NOW };
  assert.equal(wait('OUTSIDE_UNAVAILABLE', {}, { row }), null);
});

test('Retry-After is kept when it is longer than the back-off', () => {
  assert.equal(wait('OUTSIDE_UNAVAILABLE', {}, { retryAfterMs: 30_000 }), 30_000);
  assert.equal(wait('OUTSIDE_UNAVAILABLE', {}, { retryAfterMs: 5 }), 2_000);
});

test('no attempt begins after the total timeout', () => {
  const step = { retry: RULE, totalTimeoutMs: 10_000 };
  const row = { attempt: 1, fence: 1, startedAt: '2026-11-21T09:59:51.000Z' };
  assert.equal(wait('OUTSIDE_UNAVAILABLE', {}, { step, row }), null);
  assert.equal(wait('OUTSIDE_UNAVAILABLE', {}, { step, row: { ...row, startedAt: NOW } }), 2_000);
});
