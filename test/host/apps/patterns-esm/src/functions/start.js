// Starts any orchestration by name and hands back the management addresses.
import { app } from '@azure/functions';
import * as df from 'durable-functions';

app.http('start', {
  route: 'start/{name}/{id?}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const text = await request.text();
    const instanceId = await client.startNew(request.params.name, {
      input: text ? JSON.parse(text) : undefined,
      ...(request.params.id && { instanceId: request.params.id }),
    });
    return client.createCheckStatusResponse(request, instanceId);
  },
});

app.http('startAndWait', {
  route: 'wait/{name}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const text = await request.text();
    const instanceId = await client.startNew(request.params.name, { input: text ? JSON.parse(text) : undefined });
    return client.waitForCompletionOrCreateCheckStatusResponse(request, instanceId, {
      timeoutInMilliseconds: 10_000,
      retryIntervalInMilliseconds: 20,
    });
  },
});

app.http('approve', {
  route: 'approve/{id}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    await df.getClient(context).raiseEvent(request.params.id, 'Approval', await request.json());
    return { status: 202 };
  },
});

app.http('counterOverHttp', {
  route: 'counter/{key}',
  methods: ['GET', 'POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const id = new df.EntityId('counter', request.params.key);
    if (request.method === 'POST') {
      await client.signalEntity(id, 'add', Number(await request.text()));
      return { status: 202 };
    }
    const state = await client.readEntityState(id);
    return { jsonBody: { exists: state.entityExists, value: state.entityState ?? null } };
  },
});

app.http('pid', { handler: () => ({ body: String(process.pid) }) });
