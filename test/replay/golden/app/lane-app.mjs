/** The lane as it is, over activities that answer from a script: what it was recorded on. */
import * as df from 'durable-functions';
import { AGAIN, LANE, makeLane } from '../../../../src/orchestration/lane.ts';
import { TURN_VERBS } from '../../../../src/domain/run/head.ts';
import { answerOf } from '../scripts.ts';

df.app.orchestration(LANE, makeLane(new df.RetryOptions(AGAIN.firstRetryIntervalMs, AGAIN.maxAttempts)));
const tries = new Map();
for (const verb of TURN_VERBS) {
  df.app.activity(verb, {
    handler: (turn) => {
      const key = JSON.stringify(turn);
      tries.set(key, (tries.get(key) ?? 0) + 1);
      return answerOf(turn, tries.get(key));
    },
  });
}
