/**
 * The Azure platform: the ports on Cosmos DB, Blob Storage, Key Vault and Entra. Loaded only where it is wired; nothing is asked
 * of the network until a port is used.
 */
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock, Ids } from '../../ports/clock.ts';
import type { ContextVault } from '../../ports/context-vault.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Directory } from '../../ports/directory.ts';
import type { KeyMaintenance, KeyRing } from '../../ports/key-ring.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { IdempotencyStore, RequestIndex } from '../../ports/request-index.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { SearchIndex } from '../../ports/search-index.ts';
import type { SecretBroker } from '../../ports/secret-broker.ts';
import type { SlotStore } from '../../ports/slot-store.ts';
import type { TenantLog } from '../../ports/tenant-log.ts';
import { createContextVault } from '../common/context-vault.ts';
import { cursors } from '../common/cursor.ts';
import { createKeyRing } from '../common/key-ring.ts';
import { createIds, systemClock } from '../common/system-clock.ts';
import { BlobContainer } from './blob/account.ts';
import { azureBlobStore } from './blob/blob-store.ts';
import { azureKeyStore } from './blob/key-store.ts';
import { cosmosClient } from './cosmos/client.ts';
import { Containers } from './cosmos/containers.ts';
import { cosmosDefinitionStore } from './cosmos/definition-store.ts';
import { cosmosIdempotencyStore, cosmosRequestIndex } from './cosmos/request-index.ts';
import { cosmosRunStore } from './cosmos/run-store.ts';
import { cosmosSlotStore } from './cosmos/slot-store.ts';
import { cosmosTenantLog } from './cosmos/tenant-log.ts';
import { managedIdentities, type Credentials } from './credentials.ts';
import { graphDirectory } from './graph/directory.ts';
import { Graph } from './graph/graph.ts';
import { mailNotifier } from './graph/mail-notifier.ts';
import { lazyTelemetry } from './lazy-telemetry.ts';
import { PATIENCE, type Patience } from './patience.ts';
import { aiSearchIndex } from './search/search-index.ts';
import { required, type AzureSettings } from './settings.ts';
import type { AzureTelemetry } from './telemetry.ts';
import { keyVaultRoot } from './vault/root-wrapper.ts';
import { keyVaultSecrets } from './vault/secret-broker.ts';

/** Names as in `Deps`, so that composition can spread it. */
export interface AzurePlatform {
  readonly runs: RunStore;
  readonly definitions: DefinitionStore;
  readonly vault: ContextVault;
  readonly blobs: BlobStore;
  readonly secrets: SecretBroker;
  readonly tenantLog: TenantLog;
  readonly requests: RequestIndex;
  readonly idempotency: IdempotencyStore;
  readonly slots: SlotStore;
  readonly directory: Directory;
  readonly notifier: Notifier;
  /** Null where no search service is deployed. */
  readonly search: SearchIndex | null;
  /** Where the log's entries also go; null without a connection string. */
  readonly exporter: AzureTelemetry | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: KeyRing & KeyMaintenance;
  close(): Promise<void>;
}

/** What differs between production and the doubles of the tests. */
export interface AzureOptions {
  readonly credentials: Credentials;
  readonly clock?: Clock;
  readonly patience?: Patience;
  /** Microsoft Graph, unless told. */
  readonly graph?: string;
}

/** Containers of the storage accounts, as the infrastructure makes them. */
const SEALED = 'sealed';
const RUN_KEYS = 'run-keys';

export async function openAzurePlatform(settings: AzureSettings): Promise<AzurePlatform> {
  return azurePlatform(settings, { credentials: managedIdentities(settings) });
}

export function azurePlatform(settings: AzureSettings, options: AzureOptions): AzurePlatform {
  const { credentials, clock = systemClock } = options;
  const patience: Patience = options.patience ?? { clock, ...PATIENCE };
  const setting = (name: keyof AzureSettings): string => required(settings, name);
  const nowMs = clock === systemClock ? () => performance.now() : () => Date.parse(clock.now());

  const containers = new Containers(
    cosmosClient(setting('COUNTERSIGN_COSMOS_ENDPOINT'), credentials.app, patience.timeoutMs),
    setting('COUNTERSIGN_COSMOS_DATABASE'),
    patience,
  );
  const keyBlobs = new BlobContainer(
    setting('COUNTERSIGN_KEYS_ENDPOINT'),
    RUN_KEYS,
    credentials.keys,
    patience,
    'KEY_UNAVAILABLE',
  );
  const keys = createKeyRing({
    store: azureKeyStore(keyBlobs),
    root: keyVaultRoot({
      vault: setting('COUNTERSIGN_KEY_VAULT'),
      key: settings.COUNTERSIGN_WRAPPING_KEY,
      credential: credentials.keys,
      patience,
    }),
    nowMs,
  });
  const blobs = azureBlobStore(
    new BlobContainer(setting('COUNTERSIGN_BLOB_ENDPOINT'), SEALED, credentials.app, patience),
  );
  const listing = cursors(keys);
  const connectionString = settings.COUNTERSIGN_TELEMETRY;
  const exporter =
    connectionString === undefined
      ? null
      : lazyTelemetry(async () => {
          const { openAzureTelemetry } = await import('./telemetry.ts');
          return openAzureTelemetry({ connectionString, credential: credentials.app });
        });
  const graph = new Graph(credentials.app, patience, options.graph);
  const idempotency = cosmosIdempotencyStore(containers, clock);
  return {
    runs: cosmosRunStore(containers, listing),
    definitions: cosmosDefinitionStore(containers, listing),
    vault: createContextVault(keys, blobs),
    keys,
    blobs,
    secrets: keyVaultSecrets({
      vault: setting('COUNTERSIGN_SECRET_VAULT'),
      credential: credentials.secrets,
      patience,
      nowMs,
    }),
    tenantLog: cosmosTenantLog(containers),
    requests: cosmosRequestIndex(containers, clock),
    idempotency,
    slots: cosmosSlotStore(containers),
    directory: graphDirectory({
      graph,
      // The identity's own tenant is the first of those whose tokens are accepted.
      tenant: settings.COUNTERSIGN_TENANTS?.[0] ?? '',
      audience: settings.COUNTERSIGN_AUDIENCE,
      nowMs,
    }),
    notifier: mailNotifier({ graph, sender: settings.COUNTERSIGN_MAIL_SENDER ?? null, sent: idempotency, clock }),
    search:
      settings.COUNTERSIGN_SEARCH_ENDPOINT === undefined
        ? null
        : aiSearchIndex({ endpoint: settings.COUNTERSIGN_SEARCH_ENDPOINT, credential: credentials.app, patience }),
    exporter,
    clock,
    ids: createIds(clock),
    async close() {
      containers.close();
      await exporter?.close();
    },
  };
}
