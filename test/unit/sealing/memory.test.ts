/** K2: what is remembered is gone after its time, asked for or not, and no use prolongs it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../../../src/platform/common/memory.ts';

test('an idle process drops what is too old by itself', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const memory = new Memory<string>(10, 300_000, () => Date.now());
  memory.set('a', 'one');
  t.mock.timers.tick(200_000);
  memory.set('b', 'two');
  t.mock.timers.tick(100_000);
  assert.equal(memory.size, 1, 'the first is gone');
  t.mock.timers.tick(199_999);
  assert.deepEqual([memory.size, memory.get('b')], [1, 'two']);
  t.mock.timers.tick(1_000);
  assert.equal(memory.size, 0);
  memory.set('c', 'three');
  t.mock.timers.tick(300_000);
  assert.equal(memory.size, 0, 'and so on after it was empty');
});

test('what is set again is as young as that, and keeps nothing else from leaving', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const memory = new Memory<string>(2, 300_000, () => Date.now());
  memory.set('a', 'one');
  memory.set('b', 'two');
  t.mock.timers.tick(100_000);
  memory.set('a', 'three');
  t.mock.timers.tick(200_000);
  assert.equal(memory.size, 1, 'the second is gone');
  memory.set('c', 'four');
  memory.set('a', 'five');
  memory.set('d', 'six');
  assert.deepEqual([memory.get('a'), memory.get('c'), memory.get('d')], ['five', undefined, 'six']);
});

test('the oldest leave first when there is no room, and use keeps nothing longer', () => {
  let now = 0;
  const memory = new Memory<number>(3, 100, () => now);
  for (const n of [1, 2, 3, 4]) memory.set(String(n), n);
  assert.deepEqual([memory.get('1'), memory.get('2'), memory.size], [undefined, 2, 3]);
  now = 99;
  assert.equal(memory.get('4'), 4);
  now = 100;
  assert.equal(memory.get('4'), undefined);
});
