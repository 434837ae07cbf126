// An orchestrator that never yields, beside one that ends.
const { app } = require('@azure/functions');
const df = require('durable-functions');

// eslint-disable-next-line require-yield
df.app.orchestration('endless', function* () {
  for (;;);
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
