/** One call of the management API, as `api.ts` hands it to the file of its operation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Core } from '../core.ts';
import type { Live } from '../live.ts';
import type { LinkBase } from './binding.ts';

/** Sets a failed instance going again; answers why it cannot. */
export type Rewind = (live: Live, reason: string) => string | undefined;

export interface ApiRequest {
  core: Core;
  links: LinkBase;
  rewind: Rewind;
  parts: string[];
  query: URLSearchParams;
  request: IncomingMessage;
  response: ServerResponse;
}
