/**
 * All suites on a real account, when one is named: `COUNTERSIGN_TEST_ACCOUNT=yes` and the settings of a deployment made for tests,
 * with a signed-in `az` whose user holds the roles of the app. Secrets stay in a vault for as long as its policy says, so their
 * suite also needs `COUNTERSIGN_TEST_SECRETS=yes`.
 */
import { test } from 'node:test';
import { DefaultAzureCredential } from '@azure/identity';
import { PATIENCE } from '../../src/platform/azure/patience.ts';
import { systemClock } from '../../src/platform/common/system-clock.ts';
import { accountSuites } from '../support/azure/account-suites.ts';

const NEEDED = [
  'COUNTERSIGN_COSMOS_ENDPOINT',
  'COUNTERSIGN_COSMOS_DATABASE',
  'COUNTERSIGN_BLOB_ENDPOINT',
  'COUNTERSIGN_KEYS_ENDPOINT',
  'COUNTERSIGN_KEY_VAULT',
  'COUNTERSIGN_SECRET_VAULT',
] as const;

const { env } = process;
const missing = NEEDED.filter((name) => !env[name]);

if (env['COUNTERSIGN_TEST_ACCOUNT'] !== 'yes')
  test('the suites on a real account', {
    skip: 'no account is named: set COUNTERSIGN_TEST_ACCOUNT=yes and its settings',
  });
else if (missing.length > 0)
  test('the suites on a real account', () => {
    throw new Error(`COUNTERSIGN_TEST_ACCOUNT is set, but these are missing: ${missing.join(', ')}`);
  });
else {
  const setting = (name: (typeof NEEDED)[number]): string => env[name] ?? '';
  const credential = new DefaultAzureCredential();
  accountSuites('a real account', () => ({
    cosmos: setting('COUNTERSIGN_COSMOS_ENDPOINT'),
    database: setting('COUNTERSIGN_COSMOS_DATABASE'),
    blobs: setting('COUNTERSIGN_BLOB_ENDPOINT'),
    keys: setting('COUNTERSIGN_KEYS_ENDPOINT'),
    vault: setting('COUNTERSIGN_KEY_VAULT'),
    wrappingKey: env['COUNTERSIGN_WRAPPING_KEY'] ?? 'tenant-wrapping',
    secrets: env['COUNTERSIGN_TEST_SECRETS'] === 'yes' ? setting('COUNTERSIGN_SECRET_VAULT') : null,
    credential,
    patience: { ...PATIENCE, clock: systemClock },
  }));
}
