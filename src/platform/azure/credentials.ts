/**
 * Who the app is to each Azure service: user-assigned identities, one for each thing that may be done, so that the code that
 * reads records holds no right to keys. Tokens come from the platform; there is no secret anywhere.
 */
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import type { AzureSettings } from './settings.ts';

export interface Credentials {
  /** Records, artifacts, directory, mail, search. */
  readonly app: TokenCredential;
  /** Wrapped keys and the vault's wrapping key. */
  readonly keys: TokenCredential;
  /** Credentials of connectors. */
  readonly secrets: TokenCredential;
}

export function managedIdentities(settings: AzureSettings): Credentials {
  const identity = (clientId: string | undefined): TokenCredential =>
    clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  const app = identity(settings.COUNTERSIGN_CLIENT_ID);
  return {
    app,
    keys: settings.COUNTERSIGN_KEYS_CLIENT_ID === undefined ? app : identity(settings.COUNTERSIGN_KEYS_CLIENT_ID),
    secrets:
      settings.COUNTERSIGN_SECRETS_CLIENT_ID === undefined ? app : identity(settings.COUNTERSIGN_SECRETS_CLIENT_ID),
  };
}
