// Code that never gives the processor back: in an orchestrator, an activity, an entity; an activity that never answers.
const { app } = require('@azure/functions');
const df = require('durable-functions');

// eslint-disable-next-line require-yield
df.app.orchestration('endless', function* () {
  for (;;);
});
df.app.activity('spin', {
  handler: async () => {
    await Promise.resolve();
    for (;;);
  },
});
df.app.activity('silent', { handler: () => new Promise(() => undefined) });
df.app.entity('spinner', () => {
  for (;;);
});
df.app.orchestration('callsSpin', function* (context) {
  return yield context.df.callActivity('spin');
});
df.app.orchestration('callsSilent', function* (context) {
  return yield context.df.callActivity('silent');
});
df.app.orchestration('callsSpinner', function* (context) {
  return yield context.df.callEntity(new df.EntityId('spinner', 'one'), 'turn');
});
df.app.orchestration('fine', function* (context) {
  return yield context.df.createTimer(context.df.currentUtcDateTime);
});
app.http('begin', {
  route: 'begin/{name}',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { name } = request.params;
    return { body: await df.getClient(context).startNew(name, { instanceId: name }) };
  },
});
app.http('state', {
  route: 'state/{name}',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { runtimeStatus, output } = await df.getClient(context).getStatus(request.params.name);
    return { jsonBody: { runtimeStatus, output } };
  },
});
