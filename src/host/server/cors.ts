/** Cross-origin answers as `Host.CORS` of local.settings.json asks for them; none by default. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Cors {
  /** Adds the headers that are due; true when the request was a preflight and is answered. */
  handled(request: IncomingMessage, response: ServerResponse): boolean;
}

export function createCors(origins: readonly string[], credentials: boolean): Cors {
  const all = origins.includes('*');
  return {
    handled(request, response) {
      const { origin } = request.headers;
      if (!origin || (!all && !origins.includes(origin))) return false;
      response.setHeader('access-control-allow-origin', all && !credentials ? '*' : origin);
      response.setHeader('vary', 'Origin');
      if (credentials) response.setHeader('access-control-allow-credentials', 'true');
      const wanted = request.headers['access-control-request-method'];
      if (request.method !== 'OPTIONS' || !wanted) return false;
      response.setHeader('access-control-allow-methods', wanted);
      const headers = request.headers['access-control-request-headers'];
      if (headers) response.setHeader('access-control-allow-headers', headers);
      response.writeHead(204).end();
      return true;
    },
  };
}
