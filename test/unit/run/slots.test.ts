/** The rules of concurrency slots: order, grants, and what a late release may not do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runId } from '../../../src/domain/ids.ts';
import { acquire, nextInLine, NO_SLOTS, release, type SlotDocument } from '../../../src/domain/run/slots.ts';

const at = (seconds: number): string => new Date(Date.parse('2026-11-21T10:00:00.000Z') + seconds * 1000).toISOString();

function ask(
  document: SlotDocument,
  run: string,
  more: { fence?: number; limit?: number; priority?: number; at?: number } = {},
) {
  const { fence = 1, limit = 1, priority = 3 } = more;
  return acquire(document, { run: runId(run), fence, limit, priority, now: at(more.at ?? 0) });
}
const holders = (document: SlotDocument): readonly string[] => document.holders.map((each) => each.run);

test('the first comes in, the second waits, and comes in when the first leaves', () => {
  const first = ask(NO_SLOTS, 'a');
  assert.equal(first.grant, 1);
  const second = ask(first.document, 'b', { at: 1 });
  assert.equal(second.grant, null);
  const left = release(second.document, runId('a'), 1);
  assert.deepEqual(nextInLine(left), ['b']);
  assert.equal(ask(left, 'b', { at: 2 }).grant, 2);
});

test('nobody overtakes: a newcomer waits behind who waits already, even when a slot is free', () => {
  const waiting = ask(ask(NO_SLOTS, 'a').document, 'b', { at: 1 }).document;
  const free = release(waiting, runId('a'), null);
  assert.equal(ask(free, 'c', { at: 2 }).grant, null);
  assert.equal(ask(free, 'b', { at: 3 }).grant, 2);
});

test('priority comes before waiting time; a run that goes on comes before all', () => {
  let { document } = ask(NO_SLOTS, 'holder');
  for (const [run, priority] of [
    ['late', 5],
    ['normal', 3],
    ['urgent', 1],
    ['resumed', 0],
  ] as const) {
    ({ document } = ask(document, run, { priority, at: 10 }));
  }
  assert.deepEqual(
    document.queue.map((each) => each.run),
    ['resumed', 'urgent', 'normal', 'late'],
  );
});

test('asking again keeps the place and its time', () => {
  let { document } = ask(NO_SLOTS, 'a');
  ({ document } = ask(document, 'b', { at: 1 }));
  ({ document } = ask(document, 'c', { at: 2 }));
  const again = ask(document, 'b', { at: 600 });
  assert.equal(again.since, at(1));
  assert.deepEqual(
    again.document.queue.map((each) => each.run),
    ['b', 'c'],
  );
});

test('P18: a late release of an older grant takes nothing from a newer one', () => {
  const first = ask(NO_SLOTS, 'a');
  const again = ask(first.document, 'a', { fence: 2 });
  assert.equal(again.grant, 2);
  assert.deepEqual(holders(release(again.document, runId('a'), 1)), ['a']);
  assert.deepEqual(holders(release(again.document, runId('a'), 2)), []);
});

test('P18: two executions of one turn share a grant, and an earlier turn takes nothing from a later one', () => {
  const first = ask(NO_SLOTS, 'a', { fence: 2 });
  assert.equal(ask(first.document, 'a', { fence: 2 }).grant, first.grant);
  const stale = ask(first.document, 'a', { fence: 1 });
  assert.deepEqual([stale.grant, stale.document], [null, first.document]);
});

test('a waiter that never asks again loses its place, so that nobody waits for it', () => {
  let { document } = ask(NO_SLOTS, 'a');
  ({ document } = ask(document, 'gone', { at: 1 }));
  document = release(document, runId('a'), 1);
  assert.equal(ask(document, 'c', { at: 1_000 }).grant, null);
  assert.equal(ask(document, 'c', { at: 2_000 }).grant, 2);
});

test('the end of a run takes it out of the queue too', () => {
  const waiting = ask(ask(NO_SLOTS, 'a').document, 'b').document;
  assert.deepEqual(release(waiting, runId('b'), null).queue, []);
  assert.deepEqual(holders(release(waiting, runId('b'), null)), ['a']);
});
