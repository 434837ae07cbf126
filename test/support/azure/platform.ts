/** Doubles of every Azure service that the platform uses, on the loopback, and stores on them through the real SDKs. */
import type { TokenCredential } from '@azure/identity';
import type { TestContext } from 'node:test';
import { BlobContainer } from '../../../src/platform/azure/blob/account.ts';
import { azureKeyStore } from '../../../src/platform/azure/blob/key-store.ts';
import { cosmosClient } from '../../../src/platform/azure/cosmos/client.ts';
import { Containers } from '../../../src/platform/azure/cosmos/containers.ts';
import { PATIENCE, type Patience } from '../../../src/platform/azure/patience.ts';
import { keyVaultRoot } from '../../../src/platform/azure/vault/root-wrapper.ts';
import { createKeyRing } from '../../../src/platform/common/key-ring.ts';
import { systemClock } from '../../../src/platform/common/system-clock.ts';
import { blobService, type BlobService } from './blob-service.ts';
import { cosmosService } from './cosmos/server.ts';
import { startService, type RunningService } from './https-server.ts';
import { vaultService, type VaultService } from './vault-service.ts';

/** A token that only the doubles take. */
export const testCredential: TokenCredential = {
  getToken: async (scopes) => ({
    token: `test.${Buffer.from(String(scopes)).toString('base64url')}.token`,
    expiresOnTimestamp: Date.now() + 3_600_000,
  }),
};

/** Short waits, the same rules. */
export const QUICK: Patience = { clock: systemClock, ...PATIENCE, firstWaitMs: 2, longestWaitMs: 20, timeoutMs: 3_000 };

export interface TestCosmos {
  readonly server: RunningService;
  readonly service: ReturnType<typeof cosmosService>;
  readonly containers: Containers;
}

export async function testCosmos(
  t: Pick<TestContext, 'after'>,
  options: { readonly patience?: Patience; readonly nowMs?: () => number } = {},
): Promise<TestCosmos> {
  const patience = options.patience ?? QUICK;
  const service = cosmosService(options.nowMs);
  const server = await startService(service);
  const containers = new Containers(
    cosmosClient(server.url, testCredential, patience.timeoutMs),
    'countersign',
    patience,
  );
  t.after(async () => {
    containers.close();
    await server.close();
  });
  return { server, service, containers };
}

export async function testBlobs(
  t: Pick<TestContext, 'after'>,
  patience: Patience = QUICK,
): Promise<{ readonly server: RunningService; readonly service: BlobService; container(name: string): BlobContainer }> {
  const service = blobService(['sealed', 'run-keys']);
  const server = await startService(service);
  t.after(() => server.close());
  return {
    server,
    service,
    container: (name) => new BlobContainer(server.url, name, testCredential, patience),
  };
}

export async function testVault(
  t: Pick<TestContext, 'after'>,
): Promise<{ readonly server: RunningService; readonly service: VaultService }> {
  const service = vaultService();
  const server = await startService(service, 'vault.localhost');
  t.after(() => server.close());
  return { server, service };
}

/** Blobs and a vault, and key rings over both: each as another process would open it. */
export async function testKeyRings(t: Pick<TestContext, 'after'>, nowMs: () => number) {
  const blobs = await testBlobs(t);
  const vault = await testVault(t);
  const open = () =>
    createKeyRing({
      store: azureKeyStore(blobs.container('run-keys')),
      root: keyVaultRoot({
        vault: vault.server.url,
        key: 'tenant-wrapping',
        credential: testCredential,
        patience: QUICK,
      }),
      nowMs,
    });
  return { blobs, vault, open };
}
