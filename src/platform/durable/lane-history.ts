/** The history of ended lanes through the Durable client; on the scheduler backend its own purge policy does most of this. */
import type { DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import { PlatformFault } from '../../domain/errors.ts';
import type { LaneHistory } from '../../ports/lane-history.ts';

/** All ways to have ended; a lane that lives is never among them. */
const ENDED = ['Completed', 'Failed', 'Terminated', 'Canceled'] as OrchestrationRuntimeStatus[];

export function durableLaneHistory(client: () => DurableClient): LaneHistory {
  return {
    async purge(createdTimeFrom, createdTimeTo) {
      try {
        const { instancesDeleted } = await client().purgeInstanceHistoryBy({
          createdTimeFrom,
          createdTimeTo,
          runtimeStatus: ENDED,
        });
        return instancesDeleted;
      } catch (error) {
        // The SDK's message can hold addresses with keys.
        if (error instanceof PlatformFault) throw error;
        throw new PlatformFault('HUB_UNAVAILABLE', 'the Durable client could not purge');
      }
    },
  };
}
