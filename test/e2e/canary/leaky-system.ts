/**
 * An outside system that fills every answer with planted values: records, members beside them, headers, refusals, text that
 * is no JSON, redirects. One address holds its answer until it is let go; one takes a write and cuts the connection.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Place, Plants } from './plants.ts';

export interface LeakySystem {
  readonly url: string;
  /** Resolves once somebody waits at `/held`. */
  readonly reached: Promise<void>;
  release(): void;
  /** Headers and URLs as they came in: what the product sent outside. */
  readonly seen: { readonly url: string; readonly headers: Record<string, unknown> }[];
  stop(): Promise<void>;
}

export async function startLeakySystem(plants: Plants): Promise<LeakySystem> {
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const seen: LeakySystem['seen'] = [];

  const headers = Object.fromEntries(plants.headerParts('answer-header').map((value, at) => [`x-leak-${at}`, value]));
  const answer = (response: ServerResponse, status: number, body: unknown, more: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers, ...more });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const records = (place: Place) => [plants.fields(place), { text: plants.text(place) }];

  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://outside');
      seen.push({ url: request.url ?? '', headers: { ...request.headers } });
      switch (pathname) {
        case '/rows':
          return answer(response, 200, {
            value: records('answer'),
            next: searchParams.has('after') ? null : 'page-2',
            debug: plants.text('answer-member'),
          });
        case '/one':
          return answer(response, 200, plants.fields('answer'));
        case '/held':
          reach();
          return void released.then(() => answer(response, 200, { value: records('answer') }));
        case '/refused':
          return answer(response, 418, { message: plants.text('error-body') });
        case '/busy':
          return answer(response, 503, { message: plants.text('busy-body') });
        case '/garbage':
          return answer(response, 200, `<html>${plants.text('garbage-body')}`);
        case '/moved':
          return answer(response, 302, {}, { location: `/rows?secret=${encodeURIComponent(plants.text('redirect'))}` });
        case '/entries':
          return answer(response, 201, { value: [{ entryId: plants.text('write-answer') }], refused: [] });
        case '/tell':
          return answer(response, 200, { id: plants.text('command-answer') });
        case '/cut':
          return void request.socket.destroy();
        default:
          return answer(response, 404, { message: plants.text('error-body') });
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    reached,
    release,
    seen,
    async stop() {
      release();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
