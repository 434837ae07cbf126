/** Registers one HTTP function for every route. The route is the whole declaration; there is nothing to decide here. */
import { app } from '@azure/functions';
import { bindClient, durableClient } from '../durable/client.ts';
import type { ServicesSource } from '../services.ts';
import { serve } from './edge.ts';
import { HANDLERS } from './handlers.ts';

export function registerHttp(services: ServicesSource): void {
  for (const handling of HANDLERS) {
    app.http(handling.route.id, {
      route: handling.route.path,
      methods: handling.route.method === 'GET' ? ['GET', 'HEAD'] : [handling.route.method],
      authLevel: 'anonymous',
      extraInputs: [durableClient],
      handler: async (request, context) => {
        const composed = await services();
        bindClient(composed, context);
        return serve(handling, request, composed);
      },
    });
  }
}
