/** Registers the lane and the activities that its turns can name. */
import * as df from 'durable-functions';
import type { LaneActivities } from '../../src/activities/register.ts';
import { laneActivities } from '../../src/activities/register.ts';
import { VERBS } from '../../src/activities/verbs.ts';
import { AGAIN, LANE, makeLane } from '../../src/orchestration/lane.ts';
import { TURN_VERBS, type LaneTurn } from '../../src/domain/run/head.ts';
import type { ServicesSource } from '../services.ts';
import { bindClient, durableClient } from './client.ts';

export function registerDurable(services: ServicesSource): void {
  const again = new df.RetryOptions(AGAIN.firstRetryIntervalMs, AGAIN.maxAttempts);
  df.app.orchestration(LANE, makeLane<df.Task, df.RetryOptions>(again) as unknown as df.OrchestrationHandler);
  let activities: LaneActivities | null = null;
  for (const verb of TURN_VERBS) {
    df.app.activity(verb, {
      extraInputs: [durableClient],
      handler: async (turn: LaneTurn, context) => {
        const composed = await services();
        bindClient(composed, context);
        activities ??= laneActivities(composed.deps, VERBS);
        return activities[verb](turn);
      },
    });
  }
}
