/** How many requests at once, how fast, over which connections, and how long a target may ask us to wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../../../src/adapters/http/gate.ts';
import { retryAfterMs } from '../../../src/adapters/http/retry-after.ts';
import { bench, fakeClock, httpConnector } from '../../support/outside/bench.ts';
import { json, outside } from '../../support/outside/server.ts';

test('never more than maxInFlight at once; who waits and is stopped leaves the queue', async () => {
  const gate = new Gate(fakeClock());
  const signal = new AbortController().signal;
  const limits = { maxInFlight: 2 };
  const [first] = await Promise.all([gate.enter(limits, signal), gate.enter(limits, signal)]);
  const stop = new AbortController();
  const stopped = gate.enter(limits, stop.signal);
  let entered = false;
  const waiting = gate.enter(limits, signal).then((leave) => {
    entered = true;
    return leave;
  });
  stop.abort(new Error('stop'));
  await assert.rejects(stopped, /stop/);
  await Promise.resolve();
  assert.equal(entered, false);
  first();
  first();
  const leave = await waiting;
  assert.equal(entered, true);
  leave();
});

test('ratePerSecond spaces the requests on the clock', async () => {
  const clock = fakeClock();
  const gate = new Gate(clock);
  const { signal } = new AbortController();
  for (let n = 0; n < 4; n += 1) (await gate.enter({ maxInFlight: 8, ratePerSecond: 4 }, signal))();
  assert.deepEqual(clock.slept, [250, 250, 250]);
});

test('Retry-After is read in both forms and bounded', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  assert.equal(retryAfterMs('5', now), 5_000);
  assert.equal(retryAfterMs('Sat, 21 Nov 2026 10:00:30 GMT', now), 30_000);
  assert.equal(retryAfterMs('Sat, 21 Nov 2020 10:00:30 GMT', now), 0);
  assert.equal(retryAfterMs('9999999999', now), 3_600_000);
  for (const text of [undefined, '', 'soon', '-1e9999']) assert.equal(retryAfterMs(text, now), null, String(text));
});

test('requests of one connector version share a connection', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  const made = bench([httpConnector(target.url, { resources: { list: { access: 'read', path: '/x' } } })]);
  t.after(() => made.adapters.close());
  const request = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: null, limit: 10 };
  for (let n = 0; n < 5; n += 1) {
    const { resolved, context } = await made.open('outside');
    await resolved.adapter.fetch(context, request);
  }
  assert.equal(target.seen.length, 5);
  // undici may open a second one while the first is still being freed.
  assert.ok(target.connections() <= 2, String(target.connections()));
});

test('the trace context of the step is passed on', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const made = bench([httpConnector(target.url)], { traceparent: () => traceparent });
  t.after(() => made.adapters.close());
  const { context } = await made.open('outside');
  await context.http.send({ method: 'GET', path: '/' });
  assert.equal(target.seen[0]?.headers['traceparent'], traceparent);
});
