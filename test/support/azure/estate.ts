/** Doubles of all services of one deployment, and the Azure platform on them through the real SDKs. */
import type { TokenCredential } from '@azure/identity';
import { azurePlatform, type AzurePlatform } from '../../../src/platform/azure/platform.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { blobService } from './blob-service.ts';
import { cosmosService } from './cosmos/server.ts';
import { graphService, type GraphPerson } from './graph-service.ts';
import { startService, type RunningService } from './https-server.ts';
import { QUICK, testCredential } from './platform.ts';
import { vaultService } from './vault-service.ts';

export type ServiceName = 'cosmos' | 'blob' | 'keys-blob' | 'vault' | 'secrets' | 'graph';

export interface Estate {
  readonly doubles: {
    readonly cosmos: ReturnType<typeof cosmosService>;
    readonly blob: ReturnType<typeof blobService>;
    readonly keys: ReturnType<typeof blobService>;
    readonly graph: ReturnType<typeof graphService>;
  };
  readonly servers: Readonly<Record<ServiceName, RunningService>>;
  platform(options?: {
    readonly credential?: TokenCredential;
    readonly clock?: Clock;
    readonly telemetry?: string;
  }): AzurePlatform;
  close(): Promise<void>;
}

export async function openEstate(options: {
  readonly tenant: string;
  readonly audience: string;
  readonly people: readonly GraphPerson[];
}): Promise<Estate> {
  const doubles = {
    cosmos: cosmosService(),
    blob: blobService(['sealed', 'artifacts']),
    keys: blobService(['run-keys']),
    graph: graphService(options.people, options.audience),
  };
  const servers = {
    cosmos: await startService(doubles.cosmos),
    blob: await startService(doubles.blob),
    'keys-blob': await startService(doubles.keys),
    vault: await startService(vaultService(), 'vault.localhost'),
    secrets: await startService(vaultService(), 'secrets.localhost'),
    graph: await startService(doubles.graph),
  };
  return {
    doubles,
    servers,
    platform: ({ credential = testCredential, clock, telemetry } = {}) =>
      azurePlatform(
        {
          COUNTERSIGN_AUDIENCE: options.audience,
          COUNTERSIGN_TENANTS: [options.tenant],
          COUNTERSIGN_COSMOS_ENDPOINT: servers.cosmos.url,
          COUNTERSIGN_COSMOS_DATABASE: 'countersign',
          COUNTERSIGN_BLOB_ENDPOINT: servers.blob.url,
          COUNTERSIGN_KEYS_ENDPOINT: servers['keys-blob'].url,
          COUNTERSIGN_KEY_VAULT: servers.vault.url,
          COUNTERSIGN_SECRET_VAULT: servers.secrets.url,
          COUNTERSIGN_WRAPPING_KEY: 'tenant-wrapping',
          COUNTERSIGN_MAIL_SENDER: 'notices@example.test',
          COUNTERSIGN_TELEMETRY: telemetry,
        },
        {
          credentials: { app: credential, keys: credential, secrets: credential },
          patience: QUICK,
          graph: servers.graph.url,
          ...(clock === undefined ? {} : { clock }),
        },
      ),
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
