// Orchestrations of the first cut: chains, retries, timers, events, continueAsNew, custom status.
import * as df from 'durable-functions';

const calls = new Map();
export const callsOf = (key) => calls.get(key) ?? 0;
const count = (key) => {
  calls.set(key, callsOf(key) + 1);
  return callsOf(key);
};

df.app.activity('echo', { handler: (input) => input });
df.app.activity('add', { handler: ({ a, b }) => a + b });
df.app.activity('typeOf', {
  handler: (input) => ({ type: input === null ? 'null' : typeof input, input: input ?? null }),
});
df.app.activity('nothing', { handler: () => undefined });
df.app.activity('fail', {
  handler: () => {
    throw new Error('bad luck');
  },
});
df.app.activity('failFirst', {
  handler: ({ key, times }) => {
    const n = count(key);
    if (n <= times) throw new Error(`attempt ${n}`);
    return n;
  },
});
df.app.activity('slow', {
  handler: ({ ms, value }) => new Promise((resolve) => setTimeout(() => resolve(value ?? ms), ms)),
});
df.app.activity('big', { handler: (length) => 'x'.repeat(length) });

df.app.orchestration('chain', function* (context) {
  const { n } = context.df.getInput();
  let sum = 0;
  for (let i = 0; i < n; i++) sum = yield context.df.callActivity('add', { a: sum, b: i });
  return sum;
});
df.app.orchestration('echoes', function* (context) {
  const results = [];
  for (const input of context.df.getInput()) results.push(yield context.df.callActivity('typeOf', input));
  results.push(yield context.df.callActivity('nothing'));
  return results;
});
df.app.orchestration('inputOf', function* (context) {
  const input = context.df.getInput();
  yield context.df.callActivity('nothing');
  return { input };
});
df.app.orchestration('retrying', function* (context) {
  const { key, times, attempts } = context.df.getInput();
  const retry = new df.RetryOptions(5, attempts);
  const first = yield context.df.callActivityWithRetry('failFirst', retry, { key, times });
  const second = yield context.df.callActivity('echo', { after: first });
  return { first, second };
});
df.app.orchestration('caught', function* (context) {
  try {
    yield context.df.callActivityWithRetry('fail', new df.RetryOptions(1, 3), {});
  } catch (error) {
    const after = yield context.df.callActivity('echo', 'after');
    return { message: error.message, after };
  }
});
df.app.orchestration('throwing', function* () {
  throw new Error('on purpose');
});
df.app.orchestration('fan', function* (context) {
  const { n } = context.df.getInput();
  const tasks = [];
  for (let i = 0; i < n; i++) tasks.push(context.df.callActivity('add', { a: i, b: 1 }));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((a, b) => a + b, 0);
});
df.app.orchestration('mixedFan', function* (context) {
  const { n, key } = context.df.getInput();
  const retry = new df.RetryOptions(2, 4);
  const tasks = [];
  for (let i = 0; i < n; i++) {
    tasks.push(context.df.callActivityWithRetry('failFirst', retry, { key: `${key}-${i}`, times: i % 3 }));
    tasks.push(context.df.callActivity('echo', i));
  }
  const results = yield context.df.Task.all(tasks);
  const last = yield context.df.callActivity('echo', 'last');
  return { results, last };
});
df.app.orchestration('timer', function* (context) {
  const { ms } = context.df.getInput();
  const due = new Date(context.df.currentUtcDateTime.getTime() + ms);
  yield context.df.createTimer(due);
  return 'fired';
});
df.app.orchestration('waiter', function* (context) {
  const { names } = context.df.getInput();
  const got = [];
  for (const name of names) got.push(yield context.df.waitForExternalEvent(name));
  return got;
});
df.app.orchestration('race', function* (context) {
  const { ms } = context.df.getInput();
  const due = new Date(context.df.currentUtcDateTime.getTime() + ms);
  const timeout = context.df.createTimer(due);
  const bell = context.df.waitForExternalEvent('bell');
  const winner = yield context.df.Task.any([bell, timeout]);
  if (winner === bell) {
    timeout.cancel();
    const after = yield context.df.callActivity('echo', 'rung');
    return { winner: 'bell', data: bell.result, after };
  }
  return { winner: 'timeout' };
});
df.app.orchestration('unfinished', function* (context) {
  const slow = context.df.callActivity('slow', { ms: 120 });
  const quick = context.df.callActivity('echo', 'quick');
  yield context.df.Task.any([slow, quick]);
  return 'ended';
});
df.app.orchestration('countUp', function* (context) {
  const state = context.df.getInput();
  const by = yield context.df.callActivity('echo', 1);
  const next = { ...state, n: state.n + by };
  if (next.n < state.until) context.df.continueAsNew(next);
  else return next;
});
df.app.orchestration('eventLoop', function* (context) {
  const { got } = context.df.getInput();
  const value = yield context.df.waitForExternalEvent('next');
  const all = [...got, value];
  if (all.length < 3) context.df.continueAsNew({ got: all });
  else return all;
});
df.app.orchestration('status', function* (context) {
  context.df.setCustomStatus({ at: 'first' });
  yield context.df.waitForExternalEvent('go');
  context.df.setCustomStatus(0);
  yield context.df.waitForExternalEvent('go');
  context.df.setCustomStatus('done');
  return null;
});
df.app.orchestration('failsBesideSlow', function* (context) {
  const { ms } = context.df.getInput();
  yield context.df.Task.all([context.df.callActivity('slow', { ms }), context.df.callActivity('fail', {})]);
});
