// What rough weather is tried on.
import * as df from 'durable-functions';

const runs = new Map();
export const runsOf = (key) => runs.get(key) ?? { begun: 0, together: 0, most: 0 };

df.app.activity('counted', {
  handler: async ({ key }) => {
    const seen = runs.get(key) ?? { begun: 0, together: 0, most: 0 };
    runs.set(key, seen);
    seen.begun += 1;
    seen.together += 1;
    seen.most = Math.max(seen.most, seen.together);
    await new Promise((resolve) => setTimeout(resolve, 4));
    seen.together -= 1;
    return key;
  },
});
df.app.activity('runsOf', { handler: ({ key }) => runsOf(key) });
df.app.orchestration('countedOnce', function* (context) {
  yield context.df.callActivity('counted', context.df.getInput());
  return yield context.df.callActivity('echo', 'end');
});
df.app.orchestration('countedMany', function* (context) {
  const { key, n } = context.df.getInput();
  const retry = new df.RetryOptions(1, 5);
  for (let i = 0; i < n; i++) yield context.df.callActivityWithRetry('counted', retry, { key: `${key}-${i}` });
  return n;
});
df.app.activity('endless', { handler: () => new Promise((resolve) => setTimeout(resolve, 60_000).unref()) });
df.app.orchestration('held', function* (context) {
  return yield context.df.callActivity('endless', {});
});
df.app.orchestration('sleeper', function* (context) {
  const due = new Date(context.df.currentUtcDateTime.getTime() + context.df.getInput().ms);
  yield context.df.createTimer(due);
  return context.df.currentUtcDateTime.getTime() - due.getTime();
});
df.app.orchestration('collector', function* (context) {
  const { got, until } = context.df.getInput();
  const timeout = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  const event = context.df.waitForExternalEvent('n');
  yield context.df.Task.any([event, timeout]);
  timeout.cancel();
  const all = [...got, event.result];
  if (event.result === until) return all;
  context.df.continueAsNew({ got: all, until });
});
df.app.orchestration('chainOfRuns', function* (context) {
  return yield context.df.callActivity('runsOf', context.df.getInput());
});
