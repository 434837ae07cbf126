/**
 * Registers the timers: the sweep, which does all recovery, every deadline and every delivery; the count of what waits,
 * a look at chains, and the purge of old history. Each is safe to lose and safe to run twice.
 */
import { app, type Timer } from '@azure/functions';
import type { InvocationContext } from '@azure/functions';
import { verifyChains } from '../../src/app/health-chains.ts';
import { measureRuns } from '../../src/app/health-measures.ts';
import { purgeHistory } from '../../src/app/purge-history.ts';
import { sweepRuns } from '../../src/app/sweep-runs.ts';
import { bindClient, durableClient } from '../durable/client.ts';
import type { Services, ServicesSource } from '../services.ts';

const EVERY_MINUTE = '20 * * * * *';
const EVERY_HOUR = '40 17 * * * *';
const EVERY_HOUR_ON = '50 47 * * * *';

export function registerTimers(services: ServicesSource, sweep: string): void {
  const timer = (name: string, schedule: string, work: (composed: Services) => Promise<void>): void => {
    app.timer(name, {
      schedule,
      extraInputs: [durableClient],
      handler: async (_timer: Timer, context: InvocationContext) => {
        const composed = await services();
        bindClient(composed, context);
        await work(composed);
      },
    });
  };
  timer('sweep', sweep, async ({ deps }) => {
    const { due, lagMs } = await sweepRuns(deps);
    deps.telemetry.event('sweep.done', { due, lagSeconds: Math.round(lagMs / 1000) });
  });
  timer('measure', EVERY_MINUTE, ({ deps, tenants }) => measureRuns(deps, tenants()));
  timer('verifyChains', EVERY_HOUR_ON, ({ deps, tenants }) => verifyChains(deps, tenants()));
  timer('purgeHistory', EVERY_HOUR, async ({ deps, lanes, historyDays }) => {
    const now = Date.parse(deps.clock.now());
    await purgeHistory({ history: lanes.history, telemetry: deps.telemetry }, { now, keepDays: historyDays });
  });
}
