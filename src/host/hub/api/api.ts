/**
 * The management API: the address is taken apart here and each operation handed to its file. Status codes and bodies are
 * the real extension's (durable-protocol §2); what the SDK would silently misread is refused loudly.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Core } from '../core.ts';
import { Refusal } from '../refusals.ts';
import { entityRequest } from './entities.ts';
import { sendEmpty, sendMessage, TooLarge } from './http.ts';
import { deleteInstance, getInstance, operateInstance } from './instances.ts';
import { listInstances, purgeInstances } from './collection.ts';
import type { ApiRequest, Rewind } from './request.ts';
import { startInstance } from './start.ts';

export class Api {
  private readonly core: Core;
  systemKey = '';

  private readonly rewind: Rewind;

  constructor(core: Core, rewind: Rewind) {
    this.core = core;
    this.rewind = rewind;
  }

  async handle(path: string, request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const parts = path.replace(/^\//, '').split('/').map(decode);
      const links = { hubName: this.core.options.hubName, origin, systemKey: this.systemKey };
      const call: ApiRequest = {
        core: this.core,
        links,
        rewind: this.rewind,
        parts,
        query: url.searchParams,
        request,
        response,
      };
      if (this.core.stopping) sendMessage(response, 503, 'The host is stopping.');
      else await route(call);
    } catch (error) {
      if (error instanceof Refusal) sendMessage(response, 400, error.message, error.code);
      else if (error instanceof TooLarge) sendMessage(response, 413, 'The body is too large.');
      else throw error;
    }
  }
}

async function route(call: ApiRequest): Promise<void> {
  const { parts, request, response } = call;
  const method = request.method ?? 'GET';
  const [area, first, second] = parts;
  if (area === 'orchestrators' && method === 'POST' && first && parts.length <= 3)
    return startInstance(call, first, second);
  if (area === 'instances' && !first) {
    if (method === 'GET') return listInstances(call);
    if (method === 'DELETE') return purgeInstances(call);
  }
  if (area === 'instances' && first) {
    if (parts.length === 2 && method === 'GET') return getInstance(call, first);
    if (parts.length === 2 && method === 'DELETE') return deleteInstance(call, first);
    if (second && method === 'POST') return operateInstance(call, first, second);
  }
  if (area === 'entities') return entityRequest(call, method);
  sendEmpty(response, 404);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray percent sign stands for itself
  }
}
