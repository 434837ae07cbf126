/** Registers the sweep: the one timer that does all recovery, every deadline and every delivery. */
import { app } from '@azure/functions';
import { sweepRuns } from '../../src/app/sweep-runs.ts';
import { bindClient, durableClient } from '../durable/client.ts';
import type { ServicesSource } from '../services.ts';

export function registerTimers(services: ServicesSource, schedule: string): void {
  app.timer('sweep', {
    schedule,
    extraInputs: [durableClient],
    handler: async (_timer, context) => {
      const composed = await services();
      bindClient(composed, context);
      await sweepRuns(composed.deps);
    },
  });
}
