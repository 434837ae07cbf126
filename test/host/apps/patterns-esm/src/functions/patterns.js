// The patterns of Microsoft's overview page: fan-out, monitor, human interaction, aggregator, retry, sub-orchestration.
import * as df from 'durable-functions';

df.app.activity('square', { handler: (n) => n * n });

df.app.orchestration('fanOut', function* (context) {
  const numbers = context.df.getInput();
  const results = yield context.df.Task.all(numbers.map((n) => context.df.callActivity('square', n)));
  return results.reduce((sum, n) => sum + n, 0);
});

let looks = 0;
df.app.activity('look', { handler: () => (looks += 1) >= 3 });
df.app.orchestration('monitor', function* (context) {
  for (let turn = 0; turn < 20; turn += 1) {
    if (yield context.df.callActivity('look')) return 'found';
    context.df.setCustomStatus({ turn });
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 20));
  }
  return 'gave up';
});

df.app.orchestration('approval', function* (context) {
  const deadline = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  const approval = context.df.waitForExternalEvent('Approval');
  const winner = yield context.df.Task.any([approval, deadline]);
  if (winner !== approval) return 'escalated';
  deadline.cancel();
  return approval.result.approved ? 'approved' : 'rejected';
});

df.app.entity('counter', (context) => {
  const value = context.df.getState(() => 0);
  if (context.df.operationName === 'add') context.df.setState(value + context.df.getInput());
  else if (context.df.operationName === 'get') context.df.return(value);
});
df.app.orchestration('count', function* (context) {
  const id = new df.EntityId('counter', 'shared');
  yield context.df.callEntity(id, 'add', 2);
  yield context.df.callEntity(id, 'add', 3);
  return yield context.df.callEntity(id, 'get');
});

let tries = 0;
df.app.activity('flaky', {
  handler: () => {
    tries += 1;
    if (tries % 3 !== 0) throw new Error('try again');
    return tries;
  },
});
df.app.orchestration('retrying', function* (context) {
  return yield context.df.callActivityWithRetry('flaky', new df.RetryOptions(10, 5));
});
df.app.orchestration('parent', function* (context) {
  const parts = yield context.df.Task.all([1, 2, 3].map((n) => context.df.callSubOrchestrator('fanOut', [n, n])));
  return parts;
});
