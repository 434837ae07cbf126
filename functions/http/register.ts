/**
 * Registers one HTTP function for every route, and one for every other address of the API, so that a mistyped one is answered
 * as all errors are. The route is the whole declaration; there is nothing to decide here.
 */
import { app } from '@azure/functions';
import { bindClient, durableClient } from '../durable/client.ts';
import type { ServicesSource } from '../services.ts';
import { Problem } from '../../src/contract/problems.ts';
import { problemAnswer, serve } from './edge.ts';
import { HANDLERS } from './handlers.ts';

/**
 * Last of all names: the Functions host asks routes in the order of the functions' names and takes the first that fits, however
 * exact another one is.
 */
const REST = 'zUnknownAddress';

export function registerHttp(services: ServicesSource): void {
  for (const handling of HANDLERS) {
    app.http(handling.route.id, {
      route: handling.route.path,
      methods: handling.route.method === 'GET' ? ['GET', 'HEAD'] : [handling.route.method],
      authLevel: 'anonymous',
      extraInputs: [durableClient],
      handler: async (request, context) => {
        const composed = await services().catch(() => null);
        if (composed === null) return notYet;
        bindClient(composed, context);
        return serve(handling, request, composed);
      },
    });
  }
  app.http(REST, {
    route: 'api/{*address}',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    authLevel: 'anonymous',
    handler: () => problemAnswer(new Problem('NOT_FOUND', 'No route has this method and address: see /api/docs.')),
  });
}

/** The stores or the vault cannot be opened: who composes has said why. The next request tries again. */
const notYet = problemAnswer(new Problem('UNAVAILABLE', 'The service could not open what it needs.'));
