/** Every suite of the Azure platform on one account that outlives the tests; each test works in a space of its own. */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { TokenCredential } from '@azure/identity';
import { azureBlobStore } from '../../../src/platform/azure/blob/blob-store.ts';
import { azureKeyStore } from '../../../src/platform/azure/blob/key-store.ts';
import { cosmosClient } from '../../../src/platform/azure/cosmos/client.ts';
import { cosmosDefinitionStore } from '../../../src/platform/azure/cosmos/definition-store.ts';
import { cosmosIdempotencyStore, cosmosRequestIndex } from '../../../src/platform/azure/cosmos/request-index.ts';
import { cosmosRunStore } from '../../../src/platform/azure/cosmos/run-store.ts';
import { cosmosSlotStore } from '../../../src/platform/azure/cosmos/slot-store.ts';
import { cosmosTenantLog } from '../../../src/platform/azure/cosmos/tenant-log.ts';
import type { Patience } from '../../../src/platform/azure/patience.ts';
import { keyVaultRoot } from '../../../src/platform/azure/vault/root-wrapper.ts';
import { keyVaultSecrets } from '../../../src/platform/azure/vault/secret-broker.ts';
import { createContextVault } from '../../../src/platform/common/context-vault.ts';
import { cursors } from '../../../src/platform/common/cursor.ts';
import { createKeyRing } from '../../../src/platform/common/key-ring.ts';
import { blobStoreSuite } from '../../conformance/blob-store.suite.ts';
import { contextVaultSuite } from '../../conformance/context-vault.suite.ts';
import { definitionStoreSuite } from '../../conformance/definition-store.suite.ts';
import { keyRingSuite } from '../../conformance/key-ring.suite.ts';
import { requestIndexSuite } from '../../conformance/request-index.suite.ts';
import { runListingsSuite } from '../../conformance/run-listings.suite.ts';
import { runStoreFieldsSuite } from '../../conformance/run-store-fields.suite.ts';
import { runStoreSuite } from '../../conformance/run-store.suite.ts';
import { secretBrokerSuite } from '../../conformance/secret-broker.suite.ts';
import { slotStoreSuite } from '../../conformance/slot-store.suite.ts';
import { tenantLogSuite } from '../../conformance/tenant-log.suite.ts';
import { manualClock } from '../manual-clock.ts';
import { NamespacedBlobs, NamespacedContainers, namespacedSecrets } from './namespaced.ts';

export interface Account {
  readonly cosmos: string;
  readonly database: string;
  readonly blobs: string;
  readonly keys: string;
  readonly vault: string;
  readonly wrappingKey: string;
  /** Null: the vault of secrets is left out, because secrets that tests set stay in it. */
  readonly secrets: string | null;
  readonly credential: TokenCredential;
  readonly patience: Patience;
}

export function accountSuites(name: string, account: () => Account): void {
  const listing = cursors({ mac: async () => createSecretKey(Buffer.alloc(32, 7)) });
  const space = (): string => `t${randomBytes(6).toString('hex')}-`;

  function containers(t: TestContext): NamespacedContainers {
    const { cosmos, database, credential, patience } = account();
    const made = new NamespacedContainers(
      space(),
      cosmosClient(cosmos, credential, patience.timeoutMs),
      database,
      patience,
    );
    t.after(() => made.close());
    return made;
  }
  function keys() {
    const { keys: endpoint, vault, wrappingKey, credential, patience } = account();
    const clock = manualClock();
    const blobs = new NamespacedBlobs(`${space()}/`, endpoint, 'run-keys', credential, patience, 'KEY_UNAVAILABLE');
    const open = () =>
      createKeyRing({
        store: azureKeyStore(blobs),
        root: keyVaultRoot({ vault, key: wrappingKey, credential, patience }),
        nowMs: () => Date.parse(clock.now()),
      });
    return { clock, open };
  }
  const blobs = () => {
    const { blobs: endpoint, credential, patience } = account();
    return azureBlobStore(new NamespacedBlobs(`${space()}/`, endpoint, 'sealed', credential, patience));
  };

  runStoreSuite(name, async (t) => cosmosRunStore(containers(t), listing));
  runListingsSuite(name, async (t) => cosmosRunStore(containers(t), listing));
  runStoreFieldsSuite(name, async (t) => cosmosRunStore(containers(t), listing));
  definitionStoreSuite(name, async (t) => cosmosDefinitionStore(containers(t), listing));
  tenantLogSuite(name, async (t) => cosmosTenantLog(containers(t)));
  slotStoreSuite(name, async (t) => cosmosSlotStore(containers(t)));
  requestIndexSuite(name, async (t) => {
    const clock = manualClock();
    const own = containers(t);
    return { requests: cosmosRequestIndex(own, clock), idempotency: cosmosIdempotencyStore(own, clock), clock };
  });
  blobStoreSuite(name, async () => blobs());
  keyRingSuite(name, async () => {
    const { clock, open } = keys();
    return { keys: open(), clock, other: async () => open() };
  });
  contextVaultSuite(name, async () => {
    const ring = keys().open();
    const store = blobs();
    return { keys: ring, blobs: store, vault: createContextVault(ring, store) };
  });
  const { secrets } = account();
  if (secrets === null) return;
  secretBrokerSuite(name, async () => {
    const { credential, patience } = account();
    return namespacedSecrets(
      space(),
      keyVaultSecrets({ vault: secrets, credential, patience, nowMs: () => performance.now() }),
    );
  });
}
