/**
 * Serves one HTTP request to the app: route, authorization level, body, invocation, answer. Knows nothing of who
 * may call beyond keys; a front in the server may have added headers before. A function that throws is a 500
 * without text.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostLog, LoadedApp } from '../contract.ts';
import { readBody } from '../http-body.ts';
import { plain, toRpcRequest, writeRpcResponse } from './http-rpc.ts';
import { createStreamProxy } from './http-stream.ts';
import type { Keys } from './keys.ts';
import { type Match, returnValue, type Router } from './router.ts';

/** The real host's limit of a body in bytes; above it it answers 500, not 413. */
const MAX_BODY = 104_857_600;
const tooLong = (request: IncomingMessage): boolean => Number(request.headers['content-length'] ?? 0) > MAX_BODY;

/** The key a caller sent, in the header or as `?code=`. */
export function keyOf(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-functions-key'];
  return (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get('code') ?? undefined;
}

function allowed(match: Match, request: IncomingMessage, url: URL, keys: Keys): boolean {
  const { info } = match.route;
  const level = String(info.trigger.authLevel ?? 'function').toLowerCase();
  if (level === 'anonymous') return true;
  const kind = keys.kind(keyOf(request, url), info.name);
  return kind === 'master' || (level !== 'admin' && (kind === 'host' || kind === 'function'));
}

/** Outside stream mode the real host hands on no body of unknown length. */
const sized = (request: IncomingMessage): boolean => Number(request.headers['content-length'] ?? 0) > 0;

export interface HttpTriggers {
  serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  close(): void;
}

export function createHttpTriggers(options: {
  app: LoadedApp;
  router: Router;
  keys: Keys;
  log: HostLog;
}): HttpTriggers {
  const { app, router, keys, log } = options;
  const proxy = createStreamProxy();
  return {
    close: () => proxy.close(),
    async serve(request, response, url) {
      const method = request.method ?? 'GET';
      const match = router.match(method, url.pathname);
      if (!match) return plain(response, 404);
      if (!allowed(match, request, url, keys)) return plain(response, 401);
      const parent = request.headers.traceparent;
      const state = request.headers.tracestate;
      const traceContext =
        typeof parent === 'string'
          ? { traceParent: parent, ...(typeof state === 'string' && { traceState: state }) }
          : undefined;
      if (app.streamUri)
        return proxy.forward(
          { app, streamUri: app.streamUri, match, url, ...(traceContext && { traceContext }) },
          request,
          response,
        );
      let body: Buffer | undefined;
      try {
        body = tooLong(request) ? undefined : await readBody(request, MAX_BODY);
      } catch {
        // The caller went away in the middle of its request; nobody is left to answer.
        response.destroy();
        return;
      }
      if (!body) {
        response.setHeader('connection', 'close');
        return plain(response, 500);
      }
      if (body.length > 0 && !sized(request)) {
        log('warning', `${match.route.info.name}: a body without Content-Length is left out, as the real host does`);
        body = Buffer.alloc(0);
      }
      try {
        const result = await app.invoke(match.route.info.name, {
          trigger: toRpcRequest(request, url, match.params, body),
          ...(traceContext && { traceContext }),
        });
        const { answer } = match.route;
        const extra = result.outputData.find(({ name }) => name === answer)?.data;
        writeRpcResponse(response, answer === returnValue ? result.returnValue : extra, method);
      } catch {
        // The invocation's log line names the failure; the caller learns no more than that there was one.
        plain(response, 500);
      }
    },
  };
}
