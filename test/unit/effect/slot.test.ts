/** The ledger's rules, one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ABSENT,
  NOT_HAPPENED,
  RESEND,
  nextMove,
  surelyNew,
  type Slot,
  type Target,
} from '../../../src/domain/effect/slot.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const slot = (change: Partial<Slot> = {}): Slot => ({
  state: 'intended',
  epoch: 3,
  requestDigest: 'd',
  executor: 'lane',
  until: at(30),
  absentAt: null,
  ...change,
});
const target = (change: Partial<Target> = {}): Target => ({
  honoursKey: false,
  askable: false,
  settleMs: 10_000,
  onUnknown: 'reconcile',
  ...change,
});
const HONOURS = target({ honoursKey: true });
const ASKABLE = target({ askable: true });
const NEITHER = target();

test('nothing recorded: the first key is sent', () => {
  assert.deepEqual(nextMove(null, 'd', NEITHER, NOW), { do: 'send', epoch: 1 });
});

test('only a definite refusal raises the epoch, whatever the content then is', () => {
  assert.deepEqual(nextMove(slot({ state: 'refused', executor: null }), 'x', NEITHER, NOW), { do: 'send', epoch: 4 });
});

test('other content under a key that may have been sent is never sent', () => {
  for (const state of ['intended', 'unknown', 'confirmed'] as const)
    for (const kind of [HONOURS, ASKABLE, NEITHER])
      assert.deepEqual(nextMove(slot({ state, executor: state === 'unknown' ? RESEND : 'lane' }), 'x', kind, at(60)), {
        do: 'changed',
      });
});

test('what is confirmed is done', () => {
  assert.deepEqual(nextMove(slot({ state: 'confirmed' }), 'd', NEITHER, NOW), { do: 'done' });
});

test("someone else's live effect: the same key at once where the target honours it, else sleep", () => {
  assert.deepEqual(nextMove(slot(), 'd', HONOURS, NOW), { do: 'send', epoch: 3 });
  for (const kind of [ASKABLE, NEITHER, target({ honoursKey: true, onUnknown: 'ask' })])
    assert.deepEqual(nextMove(slot(), 'd', kind, NOW), { do: 'sleep', until: at(30) });
});

test('an absent answer counts only the second time, after until and the settle time', () => {
  assert.deepEqual(nextMove(slot(), 'd', ASKABLE, at(30)), { do: 'look-up', counts: false });
  const absentAt = at(31);
  // 10 s of the target, 30 s for clocks that differ.
  assert.deepEqual(nextMove(slot({ absentAt }), 'd', ASKABLE, at(70)), { do: 'sleep', until: at(71) });
  assert.deepEqual(nextMove(slot({ absentAt }), 'd', ASKABLE, at(71)), { do: 'look-up', counts: true });
  const hasty = target({ askable: true, settleMs: 0 });
  assert.deepEqual(nextMove(slot({ absentAt }), 'd', hasty, at(61.5)), { do: 'sleep', until: at(62) });
});

test('where nobody can tell, a person decides', () => {
  assert.deepEqual(nextMove(slot(), 'd', NEITHER, at(30)), { do: 'ask-person' });
  assert.deepEqual(nextMove(slot({ state: 'unknown' }), 'd', target({ askable: true, onUnknown: 'ask' }), at(30)), {
    do: 'ask-person',
  });
});

test('what a person said is done: the same key again, or nothing', () => {
  assert.deepEqual(nextMove(slot({ state: 'unknown', executor: RESEND }), 'd', NEITHER, NOW), { do: 'send', epoch: 3 });
  assert.deepEqual(nextMove(slot({ state: 'refused', executor: NOT_HAPPENED }), 'd', NEITHER, NOW), {
    do: 'did-not-happen',
  });
});

test('a refusal settles only a key that surely was not sent before', () => {
  assert(surelyNew(null));
  assert(surelyNew(slot({ state: 'refused' })));
  assert(surelyNew(slot({ state: 'unknown', executor: ABSENT })));
  assert(!surelyNew(slot()));
  assert(!surelyNew(slot({ state: 'unknown', executor: null })));
  assert(!surelyNew(slot({ state: 'unknown', executor: RESEND })), "a person's word is no proof");
});
