/** One replay through the SDK as published: a recorded payload in, the lane's decision out, as JSON. */
import { createRequire } from 'node:module';
import * as df from 'durable-functions';
import { AGAIN, makeLane } from '../../../src/orchestration/lane.ts';

interface SdkOrchestrator {
  handle(trigger: unknown, context: object): Promise<{ toJSON?(): unknown }>;
}
const { Orchestrator } = createRequire(import.meta.url)('durable-functions/lib/src/orchestrations/Orchestrator.js') as {
  readonly Orchestrator: new (lane: unknown) => SdkOrchestrator;
};

export type AnyLane = (context: never) => Generator<unknown, void, unknown>;

export const currentLane = (): AnyLane =>
  makeLane<df.Task, df.RetryOptions>(new df.RetryOptions(AGAIN.firstRetryIntervalMs, AGAIN.maxAttempts)) as never;

export async function replay(lane: AnyLane, payload: unknown): Promise<unknown> {
  const fresh: unknown = JSON.parse(JSON.stringify(payload));
  const context = { error: () => undefined, warn: () => undefined, log: () => undefined };
  try {
    return plain(await new Orchestrator(lane).handle(fresh, context));
  } catch (error) {
    // The SDK throws a failed orchestration with its state in the message; stacks in it name this machine's folders.
    return { threw: (error instanceof Error ? error.message : String(error)).replace(/\\n\s+at .*?(?="|$)/gs, '') };
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
