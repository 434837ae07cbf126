/**
 * A front stands before every request of the public listener: it may add headers (such as a development token) or
 * refuse. It is a module named by whoever starts the host; the host knows nothing of what it does.
 */
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstLine, refusal } from './refusals.ts';

export interface FrontAnswer {
  /** Set on the request before it is routed; names in lower case. */
  headers?: Record<string, string>;
  refuse?: { status: number; body: string; contentType: string };
}

export type Front = (request: IncomingMessage) => Promise<FrontAnswer>;

/** What a front may know of the host it stands before. */
export interface FrontHost {
  port: number;
  data: string;
}

/** Loads a module that exports `createFront(host)` or `front(request)`. */
export async function loadFront(path: string, host: FrontHost): Promise<Front> {
  let module: { createFront?: unknown; front?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
    if (typeof module.createFront === 'function') return (await module.createFront(host)) as Front;
  } catch (error) {
    throw refusal('FRONT_INVALID', `The front ${path} failed to load: ${firstLine(error)}`);
  }
  if (typeof module.front === 'function') return module.front as Front;
  throw refusal('FRONT_INVALID', `The front ${path} exports neither createFront nor front.`);
}
