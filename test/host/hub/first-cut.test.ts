/** Does the first cut of the Durable API behave as on Azure? Runs direct and strict. */
import assert from 'node:assert/strict';
import { both } from './modes.ts';

both('a chain of activities passes every result on', async (hub) => {
  assert.equal(await hub.run('chain', { n: 20 }), 190);
});

both('inputs keep their type; null and undefined arrive as undefined', async (hub) => {
  const inputs = ['123', 123, '{"a":1}', { a: 1 }, [1], '', { b: true }, null];
  const results = (await hub.run('echoes', inputs)) as unknown[];
  assert.deepEqual(results, [
    { type: 'string', input: '123' },
    { type: 'number', input: 123 },
    { type: 'string', input: '{"a":1}' },
    { type: 'object', input: { a: 1 } },
    { type: 'object', input: [1] },
    { type: 'string', input: '' },
    { type: 'object', input: { b: true } },
    { type: 'undefined', input: null },
    null,
  ]);
});

both('a start without a body gives the empty string', async (hub) => {
  assert.deepEqual(await hub.run('inputOf'), { input: '' });
});

both('a retried activity succeeds, and the next id still fits', async (hub) => {
  const key = `r-${Math.random()}`;
  assert.deepEqual(await hub.run('retrying', { key, times: 2, attempts: 5 }), { first: 3, second: { after: 3 } });
});

both('the last failed attempt brings the real text to the orchestrator, and it goes on', async (hub) => {
  const output = (await hub.run('caught', {})) as { message: string; after: string };
  assert.match(output.message, /^Activity function 'fail' failed: {2}bad luck/);
  assert.equal(output.after, 'after');
});

both('an orchestrator that throws fails with the real text', async (hub) => {
  const status = await hub.until(await hub.start('throwing'));
  assert.equal(status.runtimeStatus, 'Failed');
  assert.equal(status.output, "Orchestrator function 'throwing' failed: on purpose");
});

both('a fan-out of 60 gives every result once', async (hub) => {
  assert.equal(await hub.run('fan', { n: 60 }), 1830);
});

both('retries and plain activities in one fan-out keep their ids apart', async (hub) => {
  const output = (await hub.run('mixedFan', { n: 12, key: `m-${Math.random()}` })) as {
    results: number[];
    last: string;
  };
  assert.equal(output.last, 'last');
  assert.deepEqual(output.results, Array.from({ length: 12 }, (_, i) => [(i % 3) + 1, i]).flat());
});

both('a timer fires', async (hub) => {
  assert.equal(await hub.run('timer', { ms: 20 }), 'fired');
});

both('events raised before the wait are kept', async (hub) => {
  const id = await hub.start('waiter', { names: ['b', 'a'] });
  assert.equal(await hub.raise(id, 'a', { n: 1 }), 202);
  assert.equal(await hub.raise(id, 'b', 'two'), 202);
  assert.deepEqual((await hub.until(id)).output, ['two', { n: 1 }]);
});

both('an event wins over a timer that is then cancelled and never fires', async (hub) => {
  const id = await hub.start('race', { ms: 60_000 });
  await hub.until(id, 'Running');
  await hub.raise(id, 'bell', 5);
  assert.deepEqual((await hub.until(id)).output, { winner: 'bell', data: 5, after: 'rung' });
});

both('a timer wins when no event comes', async (hub) => {
  assert.deepEqual(await hub.run('race', { ms: 10 }), { winner: 'timeout' });
});

both('completion waits for an activity that nobody awaits', async (hub) => {
  const begin = performance.now();
  assert.equal(await hub.run('unfinished'), 'ended');
  assert.ok(performance.now() - begin >= 100, 'it ended before its activity');
});

both('continueAsNew renews the instance and forgets its history', async (hub) => {
  const id = await hub.start('countUp', { n: 0, until: 6 });
  const status = await hub.until(id);
  assert.deepEqual(status.output, { n: 6, until: 6 });
  const shown = await hub.status(id, '?showHistory=true');
  assert.equal(shown.historyEvents?.filter((event) => event['EventType'] === 'TaskCompleted').length, 1);
});

both('a burst of events is kept in order through continueAsNew', async (hub) => {
  const id = await hub.start('eventLoop', { got: [] });
  for (const n of [1, 2, 3]) await hub.raise(id, 'next', n);
  assert.deepEqual((await hub.until(id)).output, [1, 2, 3]);
});

both('the custom status is shown, and a falsy one resets it', async (hub) => {
  const id = await hub.start('status');
  while ((await hub.status(id)).customStatus === null) continue;
  assert.deepEqual((await hub.status(id)).customStatus, { at: 'first' });
  await hub.raise(id, 'go');
  while ((await hub.status(id)).customStatus !== null) continue;
  await hub.raise(id, 'go');
  assert.equal((await hub.until(id)).customStatus, 'done');
});

both('a restart in the middle goes on from where it stood', async (hub) => {
  const waiting = await hub.start('waiter', { names: ['x', 'y'] });
  const sleeping = await hub.start('timer', { ms: 150 });
  await hub.raise(waiting, 'x', 1);
  await hub.until(sleeping, 'Running');
  await hub.restart();
  await hub.raise(waiting, 'y', 2);
  assert.deepEqual((await hub.until(waiting)).output, [1, 2]);
  assert.equal((await hub.until(sleeping)).output, 'fired');
});
