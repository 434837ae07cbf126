/** What Application Insights takes in: lines of envelopes, compressed or not, by token. */
import { gunzipSync } from 'node:zlib';
import type { Asked, Service } from './https-server.ts';

export interface Envelope {
  readonly name: string;
  readonly data: { readonly baseType: string; readonly baseData: Record<string, unknown> };
}

export function ingestion(): Service & { readonly received: Envelope[] } {
  const received: Envelope[] = [];
  return {
    name: 'ingestion',
    received,
    operationOf: ({ path }) => path,
    handle(asked: Asked) {
      const bytes = asked.headers['content-encoding'] === 'gzip' ? gunzipSync(asked.body) : asked.body;
      const envelopes = bytes
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .flatMap((line) => JSON.parse(line) as Envelope | Envelope[]);
      if (!/^Bearer [\w.-]+$/.test(asked.headers['authorization'] ?? '')) return { status: 401, body: { errors: [] } };
      received.push(...envelopes);
      return { status: 200, body: { itemsReceived: envelopes.length, itemsAccepted: envelopes.length, errors: [] } };
    },
  };
}
