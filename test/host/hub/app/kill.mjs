// What is killed in the middle: every feature that keeps state.
import * as df from 'durable-functions';

df.app.activity('work', {
  handler: ({ value, ms }) => new Promise((resolve) => setTimeout(() => resolve(value), ms)),
});
df.app.orchestration('longChain', function* (context) {
  const { n } = context.df.getInput();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield context.df.callActivity('work', { value: 1, ms: 2 });
  return sum;
});
df.app.orchestration('shard', function* (context) {
  const { n } = context.df.getInput();
  const tasks = [];
  for (let i = 0; i < n; i++) tasks.push(context.df.callActivity('work', { value: 1, ms: (i * 7) % 40 }));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((a, b) => a + b, 0);
});
df.app.orchestration('shards', function* (context) {
  const { count, n } = context.df.getInput();
  const retry = new df.RetryOptions(10, 5);
  const tasks = [];
  for (let i = 0; i < count; i++) tasks.push(context.df.callSubOrchestratorWithRetry('shard', retry, { n }));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((a, b) => a + b, 0);
});
df.app.orchestration('renewed', function* (context) {
  const { n, until, key } = context.df.getInput();
  context.df.signalEntity(new df.EntityId('Counter', key), 'add', 1);
  yield context.df.callActivity('work', { value: n, ms: 3 });
  if (n + 1 < until) context.df.continueAsNew({ n: n + 1, until, key });
  else return n + 1;
});
df.app.orchestration('mixed', function* (context) {
  const { key, rounds } = context.df.getInput();
  const [signalled, called] = [new df.EntityId('Counter', `${key}-s`), new df.EntityId('Counter', `${key}-c`)];
  let last = 0;
  for (let i = 0; i < rounds; i++) {
    context.df.signalEntity(signalled, 'add', 1);
    const due = new Date(context.df.currentUtcDateTime.getTime() + 15);
    const timeout = context.df.createTimer(due);
    const never = context.df.waitForExternalEvent(`never-${i}`);
    yield context.df.Task.any([timeout, never]);
    last = yield context.df.callEntity(called, 'both');
    yield context.df.callActivityWithRetry('failFirst', new df.RetryOptions(3, 50), {
      key: `${context.df.instanceId}-${i}`,
      times: i % 2,
    });
  }
  return last > 0;
});
df.app.orchestration('locked', function* (context) {
  const { from, to, rounds } = context.df.getInput();
  const [a, b] = [new df.EntityId('Counter', from), new df.EntityId('Counter', to)];
  for (let i = 0; i < rounds; i++) {
    const lock = yield context.df.lock(a, b);
    const before = yield context.df.callEntity(a, 'get');
    yield context.df.callEntity(a, 'add', -1);
    yield context.df.callActivity('work', { value: 1, ms: 1 });
    const after = yield context.df.callEntity(a, 'get');
    if (after !== before - 1) throw new Error(`somebody else was here: ${before} to ${after}`);
    yield context.df.callEntity(b, 'add', 1);
    lock.release();
  }
  return rounds;
});
