// HTTP streams: the library serves bodies over a connection of its own.
import { app } from '@azure/functions';

app.setup({ enableHttpStream: true });

app.http('count', {
  methods: ['POST'],
  handler: async (request) => {
    let bytes = 0;
    for await (const chunk of request.body) bytes += chunk.length;
    return { jsonBody: { bytes } };
  },
});

app.http('drip', {
  route: 'drip/{chunks}',
  handler: (request) => ({
    headers: { 'content-type': 'text/event-stream' },
    cookies: [{ name: 'c', value: '1' }],
    body: (async function* () {
      for (let n = 0; n < Number(request.params.chunks); n += 1) {
        yield `data: ${n}\n\n`;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })(),
  }),
});

app.http('query', {
  handler: (request) => ({
    jsonBody: {
      a: request.query.getAll('a'),
      params: request.params,
      url: request.url,
      header: request.headers.get('x-test'),
    },
  }),
});
app.http('nothing', { handler: () => undefined });
app.http('throws', {
  methods: ['GET', 'POST'],
  handler: () => {
    throw new Error('secret of the function');
  },
});
app.http('locked', { authLevel: 'function', handler: () => ({ body: 'in' }) });
app.http('port', { handler: () => ({ body: String(process.pid) }) });
