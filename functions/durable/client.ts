/** Binds the process's Durable client from the first invocation that brings one; later ones cost a comparison. */
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../services.ts';

export const durableClient = df.input.durableClient();

export function bindClient(services: Services, context: InvocationContext): void {
  if (!services.lanes.bound) services.lanes.bind(df.getClient(context));
}
