/** The one Cosmos DB client of the process: no keys, no retries of its own, requests that end. */
import type { TokenCredential } from '@azure/identity';
import { CosmosClient } from '@azure/cosmos';

/** Retries are the platform's own (`patience.ts`): the SDK's would hide that an answer was lost. */
export function cosmosClient(endpoint: string, credential: TokenCredential, timeoutMs: number): CosmosClient {
  return new CosmosClient({
    endpoint,
    aadCredentials: credential,
    connectionPolicy: {
      requestTimeout: timeoutMs,
      useMultipleWriteLocations: false,
      enablePartitionLevelFailover: false,
      retryOptions: { maxRetryAttemptCount: 0, fixedRetryIntervalInMilliseconds: 0, maxWaitTimeInSeconds: 0 },
    },
  });
}
