/** The run store on Cosmos DB under the suites of its port. */
import { createSecretKey } from 'node:crypto';
import { cosmosRunStore } from '../../src/platform/azure/cosmos/run-store.ts';
import { cursors } from '../../src/platform/common/cursor.ts';
import { testCosmos } from '../support/azure/platform.ts';
import { runListingsSuite } from './run-listings.suite.ts';
import { runStoreFieldsSuite } from './run-store-fields.suite.ts';
import { runStoreSuite, type RunStoreFactory } from './run-store.suite.ts';

const listing = cursors({ mac: async () => createSecretKey(Buffer.alloc(32, 7)) });
const factory: RunStoreFactory = async (t) => cosmosRunStore((await testCosmos(t)).containers, listing);

runStoreSuite('Cosmos DB', factory);
runListingsSuite('Cosmos DB', factory);
runStoreFieldsSuite('Cosmos DB', factory);
