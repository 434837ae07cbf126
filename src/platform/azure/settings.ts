/** The settings that this platform reads; `src/config` checks them, and that the required ones are there. */
export interface AzureSettings {
  readonly COUNTERSIGN_AUDIENCE: string;
  readonly COUNTERSIGN_TENANTS?: readonly string[] | undefined;
  readonly COUNTERSIGN_COSMOS_ENDPOINT?: string | undefined;
  readonly COUNTERSIGN_COSMOS_DATABASE?: string | undefined;
  readonly COUNTERSIGN_BLOB_ENDPOINT?: string | undefined;
  readonly COUNTERSIGN_KEYS_ENDPOINT?: string | undefined;
  readonly COUNTERSIGN_KEY_VAULT?: string | undefined;
  readonly COUNTERSIGN_SECRET_VAULT?: string | undefined;
  readonly COUNTERSIGN_WRAPPING_KEY: string;
  readonly COUNTERSIGN_SEARCH_ENDPOINT?: string | undefined;
  readonly COUNTERSIGN_CLIENT_ID?: string | undefined;
  readonly COUNTERSIGN_KEYS_CLIENT_ID?: string | undefined;
  readonly COUNTERSIGN_SECRETS_CLIENT_ID?: string | undefined;
  readonly COUNTERSIGN_TELEMETRY?: string | undefined;
  readonly COUNTERSIGN_MAIL_SENDER?: string | undefined;
}

export function required(settings: AzureSettings, name: keyof AzureSettings): string {
  const value = settings[name];
  if (typeof value !== 'string') throw new TypeError(`the setting ${name} is missing`);
  return value;
}
