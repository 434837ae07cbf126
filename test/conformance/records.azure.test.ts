/** The smaller stores on Cosmos DB under the suites of their ports. */
import { createSecretKey } from 'node:crypto';
import { cosmosDefinitionStore } from '../../src/platform/azure/cosmos/definition-store.ts';
import { cosmosIdempotencyStore, cosmosRequestIndex } from '../../src/platform/azure/cosmos/request-index.ts';
import { cosmosSlotStore } from '../../src/platform/azure/cosmos/slot-store.ts';
import { cosmosTenantLog } from '../../src/platform/azure/cosmos/tenant-log.ts';
import { cursors } from '../../src/platform/common/cursor.ts';
import { testCosmos } from '../support/azure/platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { definitionStoreSuite } from './definition-store.suite.ts';
import { requestIndexSuite } from './request-index.suite.ts';
import { slotStoreSuite } from './slot-store.suite.ts';
import { tenantLogSuite } from './tenant-log.suite.ts';

const listing = cursors({ mac: async () => createSecretKey(Buffer.alloc(32, 7)) });

definitionStoreSuite('Cosmos DB', async (t) => cosmosDefinitionStore((await testCosmos(t)).containers, listing));
tenantLogSuite('Cosmos DB', async (t) => cosmosTenantLog((await testCosmos(t)).containers));
requestIndexSuite('Cosmos DB', async (t) => {
  const clock = manualClock();
  const { containers } = await testCosmos(t, { nowMs: () => Date.parse(clock.now()) });
  return {
    requests: cosmosRequestIndex(containers, clock),
    idempotency: cosmosIdempotencyStore(containers, clock),
    clock,
  };
});
slotStoreSuite('Cosmos DB', async (t) => cosmosSlotStore((await testCosmos(t)).containers));
