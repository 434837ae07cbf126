// Timers: every second, with retries, remembered over restarts.
const { app } = require('@azure/functions');

const runs = [];
globalThis.timerRuns = runs;

const note = (name) => (timer, context) => void runs.push({ name, timer, retry: context.retryContext ?? null });

app.timer('eachSecond', { schedule: '* * * * * *', handler: note('eachSecond') });
app.timer('atStart', { schedule: '0 0 0 1 7 *', runOnStartup: true, handler: note('atStart') });
app.timer('yearly', { schedule: '0 0 1 1 *', handler: note('yearly') });
app.timer('span', { schedule: '01:00:00', handler: note('span') });
app.timer('retried', {
  schedule: '0 0 0 2 1 *',
  retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { milliseconds: 0 } },
  handler: (timer, context) => {
    note('retried')(timer, context);
    if (context.retryContext.retryCount < 2) throw new Error('not yet');
  },
});
