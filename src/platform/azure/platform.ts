/** The Azure platform: the ports on Cosmos DB, Blob Storage, Key Vault and Entra. */
import type { Settings } from '../../config/settings.ts';

export async function openAzurePlatform(_settings: Settings): Promise<never> {
  throw new Error('this build has no Azure platform');
}
