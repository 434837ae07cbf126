/** The few admin routes that are of use locally, behind the master key: state, list of functions, firing a timer by hand. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoadedApp } from '../contract.ts';
import { keyOf } from './http-trigger.ts';
import { plain } from './http-rpc.ts';
import type { Keys } from './keys.ts';
import type { Router } from './router.ts';
import type { TimerTriggers } from './timer-trigger.ts';

export function createAdmin(options: { app: LoadedApp; keys: Keys; router: Router; timers: TimerTriggers }) {
  const { app, keys, router, timers } = options;
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (keys.kind(keyOf(request, url)) !== 'master') return plain(response, 401);
    const json = (value: unknown) => plain(response, 200, JSON.stringify(value), 'application/json; charset=utf-8');
    const method = request.method ?? 'GET';
    if (method === 'GET' && url.pathname === '/admin/host/status')
      return json({ state: 'Running', version: '4.1037.0', processUptime: Math.round(process.uptime() * 1000) });
    if (method === 'GET' && url.pathname === '/admin/functions') {
      const routes = new Map(router.routes.map((route) => [route.info.name, route.template.text]));
      return json(
        [...app.functions.values()].map((info) => ({
          name: info.name,
          trigger: info.trigger.type,
          route: routes.get(info.name) ?? null,
        })),
      );
    }
    const name = /^\/admin\/functions\/([^/]+)$/.exec(url.pathname)?.[1];
    if (method === 'POST' && name) {
      request.resume();
      // Fired, not awaited: the answer says that it was taken, as the real host's does.
      return plain(response, timers.fire(name) ? 202 : 404);
    }
    return plain(response, 404);
  };
}
