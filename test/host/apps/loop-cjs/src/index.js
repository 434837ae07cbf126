// Functions that misbehave on demand: one never gives the processor back, one ends the process, one throws later.
const { app } = require('@azure/functions');

app.http('spin', {
  handler: async () => {
    await Promise.resolve();
    for (;;);
  },
});
app.http('die', { handler: () => process.exit(9) });
app.http('reject', {
  handler: () => {
    Promise.reject(new TypeError('nobody waits for this'));
    return new Promise(() => undefined);
  },
});
app.http('ping', { handler: () => ({ body: String(process.pid) }) });
let slow = 0;
app.http('begun', { handler: () => ({ body: String(slow) }) });
app.http('slow', {
  handler: async (request) => {
    slow += 1;
    await new Promise((resolve) => setTimeout(resolve, Number(request.query.get('ms'))));
    return { body: 'finished' };
  },
});
