/** The suites as they run on a real account, on doubles that all tests share: that spaces of tests do not meet. */
import { after } from 'node:test';
import { accountSuites } from '../support/azure/account-suites.ts';
import { blobService } from '../support/azure/blob-service.ts';
import { cosmosService } from '../support/azure/cosmos/server.ts';
import { startService } from '../support/azure/https-server.ts';
import { QUICK, testCredential } from '../support/azure/platform.ts';
import { vaultService } from '../support/azure/vault-service.ts';

const servers = {
  cosmos: await startService(cosmosService()),
  blobs: await startService(blobService(['sealed'])),
  keys: await startService(blobService(['run-keys'])),
  vault: await startService(vaultService(), 'vault.localhost'),
  secrets: await startService(vaultService(), 'secrets.localhost'),
};
after(() => Promise.all(Object.values(servers).map((server) => server.close())));

accountSuites('one account for all tests', () => ({
  cosmos: servers.cosmos.url,
  database: 'countersign',
  blobs: servers.blobs.url,
  keys: servers.keys.url,
  vault: servers.vault.url,
  wrappingKey: 'tenant-wrapping',
  secrets: servers.secrets.url,
  credential: testCredential,
  patience: QUICK,
}));
