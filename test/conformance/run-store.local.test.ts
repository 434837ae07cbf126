/** The run store of the local platform under the suites of its port. */
import { temporaryPlatform } from '../support/local-platform.ts';
import { runListingsSuite } from './run-listings.suite.ts';
import { runStoreFieldsSuite } from './run-store-fields.suite.ts';
import { runStoreSuite } from './run-store.suite.ts';

runStoreSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);
runListingsSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);
runStoreFieldsSuite('SQLite', async (t) => (await temporaryPlatform(t)).platform.runs);
