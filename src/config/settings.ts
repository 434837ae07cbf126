/**
 * Every setting of the app, with its type and its reason. The only reader of the environment: parsed once, all problems
 * listed together, nothing below `composition` sees it. `local.settings.sample.json` and the infrastructure are checked
 * against this schema.
 */
import { z } from 'zod';

const jsonText = <Shape extends z.ZodType>(shape: Shape) =>
  z.string().transform((text, context) => {
    try {
      return shape.parse(JSON.parse(text));
    } catch (error) {
      const why = error instanceof z.ZodError ? (error.issues[0]?.message ?? 'wrong shape') : 'not JSON';
      context.addIssue({ code: 'custom', message: why });
      return z.NEVER;
    }
  });

const names = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** A trusted issuer: keys come from a URL, or inline (the local host's own issuer). */
const Issuer = z.strictObject({
  issuer: z.url(),
  jwks: z.union([z.url(), z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1) })]),
});
export type TrustedIssuer = z.output<typeof Issuer>;

const httpUrl = z.url({ protocol: /^https?$/ });

export const settingsSchema = z.object({
  COUNTERSIGN_PLATFORM: z
    .enum(['local', 'azure'])
    .default('local')
    .describe('Which implementations of the ports are wired'),
  COUNTERSIGN_PUBLIC_URL: httpUrl.describe('Public address: the only source of links'),
  COUNTERSIGN_AUDIENCE: z.string().min(1).describe('Application id that tokens must be for'),
  COUNTERSIGN_ISSUERS: jsonText(z.array(Issuer)).optional().describe('Local platform: trusted issuers as JSON'),
  COUNTERSIGN_TENANTS: names
    .pipe(z.array(z.uuid()).min(1, 'names no tenant'))
    .optional()
    .describe('Azure: Entra tenants whose tokens are accepted, separated by commas'),
  COUNTERSIGN_DATA: z.string().min(1).optional().describe('Local platform: folder in which everything is kept'),
  COUNTERSIGN_ALLOW_PRIVATE: names
    .optional()
    .describe('Local platform: connectors that may reach private addresses; `*` for all'),
  COUNTERSIGN_ADAPTERS: names.optional().describe('Modules inside the app package that bring adapters of your own'),
  COUNTERSIGN_SILENCE_MS: z.coerce
    .number()
    .int()
    .min(200)
    .max(60_000)
    .default(10_000)
    .describe('How long a running step may be silent before the sweep asks about it'),
  COUNTERSIGN_SWEEP: z
    .string()
    .regex(/^[\d*/,-]+( [\dA-Za-z*/,-]+){5}$/, 'is no schedule of six fields')
    .default('*/30 * * * * *')
    .describe('Schedule of the sweep, six fields'),
  COUNTERSIGN_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500)
    .default(90)
    .describe('How long the data of an ended run is kept when its workflow does not say'),
  COUNTERSIGN_HISTORY_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(14)
    .describe('How long the Durable history of an ended lane is kept'),
  COUNTERSIGN_LOG: z
    .enum(['debug', 'information', 'warning', 'error'])
    .default('information')
    .describe('The least severe events that are written'),
  COUNTERSIGN_COSMOS_ENDPOINT: httpUrl.optional().describe('Azure: Cosmos DB account'),
  COUNTERSIGN_COSMOS_DATABASE: z.string().optional().describe('Azure: database name'),
  COUNTERSIGN_BLOB_ENDPOINT: httpUrl.optional().describe('Azure: storage account of artifacts and sealed values'),
  COUNTERSIGN_KEYS_ENDPOINT: httpUrl
    .optional()
    .describe('Azure: storage account of wrapped run keys, without versions or soft delete'),
  COUNTERSIGN_KEY_VAULT: httpUrl.optional().describe('Azure: vault of the tenants’ keys'),
  COUNTERSIGN_SECRET_VAULT: httpUrl.optional().describe('Azure: vault of connector secrets'),
  COUNTERSIGN_SEARCH_ENDPOINT: httpUrl.optional().describe('Azure: AI Search, for documents only'),
  COUNTERSIGN_CLIENT_ID: z.string().optional().describe('Azure: client id of the user-assigned identity'),
  COUNTERSIGN_KEYS_CLIENT_ID: z
    .string()
    .optional()
    .describe('Azure: identity that wraps keys; the app’s own unless told'),
  COUNTERSIGN_SECRETS_CLIENT_ID: z
    .string()
    .optional()
    .describe('Azure: identity that reads connector secrets; the app’s own unless told'),
  COUNTERSIGN_WRAPPING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,127}$/)
    .default('tenant-wrapping')
    .describe('Azure: name of the key that wraps the tenants’ keys'),
  COUNTERSIGN_SIGNER_CLIENT_ID: z
    .string()
    .optional()
    .describe('Azure: identity that signs checkpoints; the app’s own unless told'),
  COUNTERSIGN_SIGNING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,127}$/)
    .optional()
    .describe('Azure: name of the key that signs checkpoints'),
  COUNTERSIGN_EVIDENCE_ENDPOINT: httpUrl.optional().describe('Azure: storage account of evidence, unchangeable'),
  COUNTERSIGN_CODE_ENDPOINT: httpUrl.optional().describe('Azure: the app for code actions, which has no roles'),
  COUNTERSIGN_TELEMETRY: z
    .string()
    .regex(/(^|;)InstrumentationKey=[^;]/i, 'names no InstrumentationKey')
    .optional()
    .describe('Azure: connection string of Application Insights, under a name that the host does not read'),
  COUNTERSIGN_MAIL_SENDER: z
    .email()
    .optional()
    .describe('Azure: mailbox from which notices are sent; without it people find requests in their inbox only'),
});

export type Settings = z.output<typeof settingsSchema>;

/** Needed on one platform only: checked together with the rest. */
export const REQUIRED_BY_PLATFORM: Readonly<Record<Settings['COUNTERSIGN_PLATFORM'], readonly (keyof Settings)[]>> = {
  local: ['COUNTERSIGN_DATA', 'COUNTERSIGN_ISSUERS'],
  azure: [
    'COUNTERSIGN_TENANTS',
    'COUNTERSIGN_COSMOS_ENDPOINT',
    'COUNTERSIGN_COSMOS_DATABASE',
    'COUNTERSIGN_BLOB_ENDPOINT',
    'COUNTERSIGN_KEYS_ENDPOINT',
    'COUNTERSIGN_KEY_VAULT',
    'COUNTERSIGN_SECRET_VAULT',
  ],
};
/** Would be a hole on Azure: refused there. */
const LOCAL_ONLY: readonly (keyof Settings)[] = [
  'COUNTERSIGN_ISSUERS',
  'COUNTERSIGN_DATA',
  'COUNTERSIGN_ALLOW_PRIVATE',
];

/** Point to Azure: beside the local platform they show that COUNTERSIGN_PLATFORM was forgotten. */
const AZURE_ONLY: readonly (keyof Settings)[] = [
  'COUNTERSIGN_COSMOS_ENDPOINT',
  'COUNTERSIGN_COSMOS_DATABASE',
  'COUNTERSIGN_BLOB_ENDPOINT',
  'COUNTERSIGN_KEYS_ENDPOINT',
  'COUNTERSIGN_EVIDENCE_ENDPOINT',
  'COUNTERSIGN_CODE_ENDPOINT',
  'COUNTERSIGN_KEY_VAULT',
  'COUNTERSIGN_SECRET_VAULT',
  'COUNTERSIGN_SEARCH_ENDPOINT',
  'COUNTERSIGN_MAIL_SENDER',
];

/** Two names for two places, because what lies there lives differently or belongs to others; the same place twice would undo it. */
const APART: readonly (readonly [keyof Settings, keyof Settings, why: string])[] = [
  ['COUNTERSIGN_SECRET_VAULT', 'COUNTERSIGN_KEY_VAULT', 'keys and connector secrets lie in different vaults'],
  ['COUNTERSIGN_KEYS_ENDPOINT', 'COUNTERSIGN_BLOB_ENDPOINT', 'wrapped keys lie in an account of their own'],
  [
    'COUNTERSIGN_KEYS_ENDPOINT',
    'COUNTERSIGN_EVIDENCE_ENDPOINT',
    'in the account of evidence no key could be destroyed',
  ],
  ['COUNTERSIGN_BLOB_ENDPOINT', 'COUNTERSIGN_EVIDENCE_ENDPOINT', 'in the account of evidence nothing can be erased'],
];

const OWN = /^COUNTERSIGN_/;
type Given = Readonly<Record<string, string | undefined>>;

/** All problems at once, one line each; values are never repeated. */
export class SettingsError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Settings are missing or wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** The settings of this environment; throws one `SettingsError` with everything that is missing or wrong. No value is repeated in it. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given: Given = Object.fromEntries(
    Object.keys(settingsSchema.shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const parsed = settingsSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(
        (issue) =>
          `${String(issue.path[0])}: ${given[String(issue.path[0])] === undefined ? 'is required' : issue.message}`,
      );
  if (given['COUNTERSIGN_PLATFORM'] === 'azure')
    problems.push(...missing('azure', given), ...wrongOnAzure(given, environment));
  else if (!problems.some((problem) => problem.startsWith('COUNTERSIGN_PLATFORM:')))
    problems.push(...missing('local', given), ...wrongLocally(given));
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return parsed.data;
}

function missing(platform: Settings['COUNTERSIGN_PLATFORM'], given: Given): readonly string[] {
  return REQUIRED_BY_PLATFORM[platform]
    .filter((name) => given[name] === undefined)
    .map((name) => `${name}: is required with COUNTERSIGN_PLATFORM=${platform}`);
}

function wrongOnAzure(given: Given, environment: Given): readonly string[] {
  const problems: string[] = [];
  for (const name of LOCAL_ONLY)
    if (given[name] !== undefined) problems.push(`${name}: is for the local platform only; remove it`);
  for (const name of ['COUNTERSIGN_PUBLIC_URL', ...AZURE_ONLY])
    if (given[name]?.startsWith('http:')) problems.push(`${name}: must be https on Azure`);
  for (const [name, other, why] of APART) {
    const place = hostOf(given[name]);
    if (place !== null && place === hostOf(given[other]))
      problems.push(`${name}: must not be the same as ${other}: ${why}`);
  }
  // The environment of the app is made by the deployment alone: a name that is not known is a misspelled one.
  for (const name of Object.keys(environment))
    if (OWN.test(name) && !(name in settingsSchema.shape)) problems.push(`${name}: is no setting of this release`);
  return problems;
}

function wrongLocally(given: Given): readonly string[] {
  return AZURE_ONLY.filter((name) => given[name] !== undefined).map(
    (name) => `${name}: is for COUNTERSIGN_PLATFORM=azure only; remove it or set that`,
  );
}

const hostOf = (address: string | undefined): string | null =>
  address !== undefined && URL.canParse(address) ? new URL(address).host : null;

/** On Azure only Entra's issuers exist, one for each allowed tenant. */
export function trustedIssuers(settings: Settings): readonly TrustedIssuer[] {
  if (settings.COUNTERSIGN_PLATFORM === 'local') return settings.COUNTERSIGN_ISSUERS ?? [];
  return (settings.COUNTERSIGN_TENANTS ?? []).map((tenant) => ({
    issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
    jwks: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
  }));
}
