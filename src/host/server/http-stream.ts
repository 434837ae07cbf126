/**
 * HTTP in stream mode: the library runs a small server of its own, and bodies flow through it in both directions
 * while the invocation itself carries no data. We are the proxy in front. As nothing tells that server that an
 * invocation failed, the proxied request is cut and the caller gets 500 (the real host never answers; see README).
 */
import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { LoadedApp, RpcData } from '../contract.ts';
import { flatHeaders, plain } from './http-rpc.ts';
import { type Match, returnValue } from './router.ts';

const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-ms-invocation-id',
]);

export interface StreamCall {
  app: LoadedApp;
  streamUri: string;
  match: Match;
  url: URL;
  traceContext?: { traceParent: string };
}

export function createStreamProxy(): {
  forward(call: StreamCall, request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true });

  async function forward(
    { app, streamUri, match, url, traceContext }: StreamCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const invocationId = randomUUID();
    const target = new URL(streamUri);
    const headers = flatHeaders(request);
    const bodiless = request.method === 'GET' || request.method === 'HEAD';
    const drop = (name: string) => hopHeaders.has(name) || (bodiless && name === 'content-length');
    const proxied = httpRequest({
      agent,
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => !drop(name))),
        'x-ms-invocation-id': invocationId,
        'x-forwarded-host': url.host,
        'x-forwarded-proto': url.protocol.slice(0, -1),
      },
    });
    // The answer begins when the library sends headers; it is over when its body has passed through.
    const passed = new Promise<void>((resolve, reject) => {
      // More than one error may come once a connection is cut; each must have somebody who hears it.
      proxied.on('error', reject);
      proxied.once('response', (answer) => {
        const kept = Object.entries(answer.headers).filter(([name]) => !hopHeaders.has(name));
        response.writeHead(answer.statusCode ?? 500, Object.fromEntries(kept));
        answer.pipe(response);
        answer.on('error', reject);
        response.once('finish', resolve);
        response.once('close', resolve);
      });
    });
    // A cut connection is reported by whoever cut it.
    passed.catch(() => undefined);
    response.once('close', () => {
      if (!response.writableFinished) proxied.destroy();
    });
    request.once('error', () => proxied.destroy());
    if (bodiless) proxied.end();
    else {
      proxied.flushHeaders();
      request.pipe(proxied);
    }

    const metadata: Record<string, RpcData> = {
      Headers: { json: JSON.stringify(headers) },
      Query: { json: JSON.stringify(Object.fromEntries(url.searchParams)) },
    };
    // Query names appear beside route parameters, as under the real host; a route parameter wins.
    for (const [name, value] of url.searchParams) metadata[name] = { string: value };
    for (const [name, value] of Object.entries(match.params)) metadata[name] = { string: value };
    try {
      const { result } = await app.invoke(match.route.info.name, {
        invocationId,
        trigger: { http: {} },
        triggerMetadata: metadata,
        ...(traceContext && { traceContext }),
      });
      if (match.route.answer === returnValue && (result === null || result === undefined)) {
        // The library answers nothing then, neither here nor over its own connection.
        proxied.destroy();
        plain(response, 204);
        return;
      }
    } catch {
      // The invocation's log line names the failure; here only the caller is answered.
      proxied.destroy();
      plain(response, 500);
      return;
    }
    await passed.catch(() => {
      if (!response.writableEnded) plain(response, 502);
    });
  }

  return { forward, close: () => agent.destroy() };
}
