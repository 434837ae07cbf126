/** The context vault on the local key ring and files. */
import { temporaryPlatform } from '../support/local-platform.ts';
import { contextVaultSuite } from './context-vault.suite.ts';

contextVaultSuite('SQLite and files', async (t) => (await temporaryPlatform(t)).platform);
