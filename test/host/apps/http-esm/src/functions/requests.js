// What reaches a function: parameters, query, headers, cookies, body, URL.
import functions from '@azure/functions';

const { app, HttpResponse, output } = functions;

app.http('describe', {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', 'TRACE'],
  route: 'describe/{id:int}/{tail?}',
  handler: async (request, context) => ({
    headers: { 'x-function': context.functionName },
    jsonBody: {
      url: request.url,
      method: request.method,
      params: request.params,
      query: [...request.query],
      header: request.headers.get('x-test'),
      body: await request.text(),
      metadata: context.triggerMetadata ?? null,
    },
  }),
});

app.http('size', {
  methods: ['POST'],
  handler: async (request) => ({ body: String((await request.arrayBuffer()).byteLength) }),
});
app.http('bytes', {
  handler: () => ({ body: Buffer.from([0, 255, 1]), headers: { 'content-type': 'application/x-test' } }),
});
app.http('setting', { route: '%PLANET_ROUTE%/setting', handler: () => ({ body: process.env.GREETING }) });
app.http('nothing', { handler: () => undefined });
app.http('nullAnswer', { handler: () => null });
app.http('text', { handler: () => 'a bare string is no response' });
app.http('throws', {
  handler: () => {
    throw new Error('secret of the function');
  },
});
app.http('teapot', { handler: () => new HttpResponse({ status: 418, jsonBody: { short: true } }) });
app.http('cookies', {
  handler: () => ({
    status: 201,
    cookies: [
      { name: 'plain', value: 'a b' },
      {
        name: 'full',
        value: 'v',
        domain: 'example.org',
        path: '/p',
        secure: true,
        httpOnly: true,
        sameSite: 'Strict',
        maxAge: 60,
        expires: new Date('2030-01-01T00:00:00Z'),
      },
    ],
  }),
});
app.http('trace', { handler: (_request, context) => ({ jsonBody: context.traceContext ?? null }) });

const answer = output.http({});
app.http('asOutput', {
  return: output.storageQueue({ queueName: 'letters', connection: 'none' }),
  extraOutputs: [answer],
  handler: (_request, context) => {
    context.extraOutputs.set(answer, { status: 202, body: 'answered beside' });
    return 'a letter';
  },
});
