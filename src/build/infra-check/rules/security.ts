/**
 * What every template must hold: no keys, no local accounts, TLS, nothing public by accident, purge protection, run keys
 * without copies, evidence that cannot be changed, no secret that leaves. Said as required property values per type.
 */
import type { Report } from '../finding.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, walkAll } from '../syntax/walk.ts';

/** Required values: a literal, or a test with its words. */
interface Demand {
  readonly path: string;
  readonly value: boolean | string | readonly string[];
  readonly code: string;
}

const account = [
  ['allowSharedKeyAccess', false, 'infra-shared-key'],
  ['allowBlobPublicAccess', false, 'infra-public-blob'],
  ['allowCrossTenantReplication', false, 'infra-cross-tenant'],
  ['defaultToOAuthAuthentication', true, 'infra-shared-key'],
  ['isLocalUserEnabled', false, 'infra-local-auth'],
  ['supportsHttpsTrafficOnly', true, 'infra-tls'],
  ['minimumTlsVersion', ['TLS1_2', 'TLS1_3'], 'infra-tls'],
] as const;
const cosmos = [
  ['disableLocalAuth', true, 'infra-local-auth'],
  ['disableKeyBasedMetadataWriteAccess', true, 'infra-local-auth'],
  ['minimalTlsVersion', 'Tls12', 'infra-tls'],
  ['consistencyPolicy.defaultConsistencyLevel', 'Strong', 'infra-consistency'],
  ['enableMultipleWriteLocations', false, 'infra-consistency'],
  ['backupPolicy.type', 'Continuous', 'infra-backup'],
] as const;
const vault = [
  ['enableRbacAuthorization', true, 'infra-local-auth'],
  ['enablePurgeProtection', true, 'infra-purge-protection'],
  ['enableSoftDelete', true, 'infra-purge-protection'],
  ['enabledForDeployment', false, 'infra-vault-open'],
  ['enabledForDiskEncryption', false, 'infra-vault-open'],
  ['enabledForTemplateDeployment', false, 'infra-vault-open'],
] as const;
const site = [
  ['httpsOnly', true, 'infra-tls'],
  ['siteConfig.minTlsVersion', ['1.2', '1.3'], 'infra-tls'],
  ['siteConfig.scmMinTlsVersion', ['1.2', '1.3'], 'infra-tls'],
  ['siteConfig.ftpsState', 'Disabled', 'infra-tls'],
  ['siteConfig.remoteDebuggingEnabled', false, 'infra-local-auth'],
  [
    'functionAppConfig.deployment.storage.authentication.type',
    ['UserAssignedIdentity', 'SystemAssignedIdentity'],
    'infra-no-keys',
  ],
] as const;

const demands = new Map<string, readonly Demand[]>(
  Object.entries({
    'Microsoft.Storage/storageAccounts': account,
    'Microsoft.Storage/storageAccounts/blobServices/containers': [
      ['publicAccess', 'None', 'infra-public-blob'],
    ] as const,
    'Microsoft.DocumentDB/databaseAccounts': cosmos,
    'Microsoft.KeyVault/vaults': vault,
    'Microsoft.Web/sites': site,
    'Microsoft.Web/serverfarms': [['reserved', true, 'infra-hosting']] as const,
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies': [['allow', false, 'infra-local-auth']] as const,
    'Microsoft.Search/searchServices': [['disableLocalAuth', true, 'infra-local-auth']] as const,
    'Microsoft.Insights/components': [['DisableLocalAuth', true, 'infra-local-auth']] as const,
    'Microsoft.OperationalInsights/workspaces': [['features.disableLocalAuth', true, 'infra-local-auth']] as const,
    'Microsoft.CognitiveServices/accounts': [['disableLocalAuth', true, 'infra-local-auth']] as const,
    'Microsoft.Authorization/roleAssignments': [
      ['principalType', ['ServicePrincipal', 'Group'], 'infra-role-principal'],
    ] as const,
    'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers': [
      ['resource.partitionKey.kind', 'MultiHash', 'infra-partition-key'],
    ] as const,
  }).map(([type, list]) => [type, list.map(([path, value, code]) => ({ path, value, code }))]),
);
const networked = new Set([
  'Microsoft.Storage/storageAccounts',
  'Microsoft.DocumentDB/databaseAccounts',
  'Microsoft.KeyVault/vaults',
  'Microsoft.Search/searchServices',
  'Microsoft.Web/sites',
  'Microsoft.DurableTask/schedulers',
]);
const forbiddenProperties = new Set([
  'accessPolicies',
  'authOptions',
  'connectionString',
  'storageAccountConnectionStringName',
  'registryCredentials',
  'azureStorageAccounts',
]);
const secretWords = /password|secret|accountkey|acctkey|connectionstring|sastoken|apikey|privatekey/i;
const harmless = /secrets?(uri|url|name|id|permission)/i;

export function checkSecurity(source: Source, report: Report): void {
  for (const declaration of source.declarations) {
    if (declaration.kind === 'resource' && !declaration.existing) demanded(declaration, report);
    if (declaration.kind === 'param' || declaration.kind === 'output') secretNames(declaration, report);
  }
  walkAll(source.declarations, (expr, declaration) => expression(expr, declaration, report));
}

function demanded(declaration: Declaration & { kind: 'resource' }, report: Report): void {
  const type = declaration.resourceType.split('@')[0] ?? '';
  const properties = find(bodyOf(declaration.value), 'properties');
  for (const demand of demands.get(type) ?? []) {
    const value = find(properties, ...demand.path.split('.'));
    const wanted = typeof demand.value === 'object' ? demand.value.join(' or ') : String(demand.value);
    if (!satisfies(value, demand.value))
      report(value?.at ?? declaration.at, demand.code, `${type}: "${demand.path}" must be written out as ${wanted}`);
  }
  if (networked.has(type) && !find(properties, 'publicNetworkAccess'))
    report(declaration.at, 'infra-network', `${type}: "publicNetworkAccess" must be written out`);
  if (type === 'Microsoft.Authorization/roleAssignments') stableName(declaration, report);
}

function satisfies(value: Expr | null, wanted: Demand['value']): boolean {
  if (typeof wanted === 'boolean') return value?.node === 'bool' && value.value === wanted;
  const text = literalOf(value);
  return text !== null && (typeof wanted === 'string' ? text === wanted : wanted.includes(text));
}

function stableName(declaration: Declaration & { kind: 'resource' }, report: Report): void {
  const name = find(bodyOf(declaration.value), 'name');
  const callee = name?.node === 'call' && name.callee.node === 'name' ? name.callee.name : '';
  if (callee !== 'guid')
    report(
      name?.at ?? declaration.at,
      'infra-role-name',
      'the name of a role assignment is guid(scope, identity, role)',
    );
  else if (name?.node === 'call' && name.args.length < 3)
    report(
      name.at,
      'infra-role-name',
      'guid() of a role assignment takes scope, identity and role, or two assignments get one name',
    );
}

function secretNames(declaration: Declaration & { kind: 'param' | 'output' }, report: Report): void {
  const looksSecret = secretWords.test(declaration.name) && !harmless.test(declaration.name);
  const secure = declaration.decorators.some((decorator) => decorator.name === 'secure');
  if (declaration.kind === 'output') {
    if (looksSecret || secure)
      report(
        declaration.at,
        'outputs-should-not-contain-secrets',
        `the output "${declaration.name}" looks like a secret`,
      );
    return;
  }
  if (looksSecret && !secure)
    report(
      declaration.at,
      'secure-secrets-in-params',
      `the parameter "${declaration.name}" looks like a secret and is not @secure()`,
    );
  if (secure && declaration.value && literalOf(declaration.value) !== '')
    report(declaration.at, 'secure-parameter-default', `the secure parameter "${declaration.name}" has a default`);
}

function expression(expr: Expr, declaration: Declaration, report: Report): void {
  if (expr.node === 'object') {
    for (const prop of expr.props) {
      if (prop.key === null || !forbiddenProperties.has(prop.key)) continue;
      report(prop.at, 'infra-no-keys', `"${prop.key}" gives access without an identity`);
    }
  }
  if (expr.node === 'string') {
    const plain = expr.parts.filter((part): part is string => typeof part === 'string').join('');
    if (
      /AccountKey=|SharedAccessKey|[?&]sig=|-----BEGIN|Authentication=(?!ManagedIdentity)|InstrumentationKey=/i.test(
        plain,
      )
    )
      report(expr.at, 'infra-no-keys', 'a connection string with a key, or without a managed identity');
    if (/@Microsoft\.KeyVault/i.test(plain))
      report(expr.at, 'infra-no-keys', 'credentials are read by the broker, not handed over as settings');
  }
  const leaks =
    declaration.kind === 'output' &&
    expr.node === 'member' &&
    /^(primary|secondary)?(keys?|connectionstring|instrumentationkey|password)$/i.test(expr.name);
  if (leaks)
    report(expr.at, 'outputs-should-not-contain-secrets', `the output "${declaration.name}" hands out a credential`);
}
