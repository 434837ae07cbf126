/**
 * What a service demands, or silently takes a loose default for, although its published type calls it optional. Paths of
 * properties that must be written, by type; and exact lists where one word more is a right more.
 */
import type { Report } from '../finding.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find } from '../syntax/walk.ts';

const present: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.Authorization/roleAssignments': ['scope'],
  'Microsoft.Authorization/roleDefinitions': [
    'properties.roleName',
    'properties.type',
    'properties.assignableScopes',
    'properties.permissions',
  ],
  'Microsoft.Authorization/locks': ['scope'],
  'Microsoft.Insights/diagnosticSettings': ['scope', 'properties.workspaceId', 'properties.metrics'],
  'Microsoft.Insights/components': ['properties.WorkspaceResourceId'],
  'Microsoft.Insights/workbooks': ['kind', 'properties.sourceId'],
  'Microsoft.Insights/scheduledQueryRules': [
    'kind',
    'properties.description',
    'properties.severity',
    'properties.enabled',
    'properties.scopes',
    'properties.evaluationFrequency',
    'properties.windowSize',
    'properties.skipQueryValidation',
    'properties.criteria.allOf',
    'properties.actions.actionGroups',
  ],
  'Microsoft.OperationalInsights/workspaces': [
    'properties.retentionInDays',
    'properties.workspaceCapping.dailyQuotaGb',
  ],
  'Microsoft.Storage/storageAccounts': [
    'properties.networkAcls.bypass',
    'properties.networkAcls.defaultAction',
    'properties.accessTier',
  ],
  'Microsoft.KeyVault/vaults': [
    'properties.networkAcls.bypass',
    'properties.networkAcls.defaultAction',
    'properties.softDeleteRetentionInDays',
  ],
  'Microsoft.KeyVault/vaults/keys': ['properties.kty', 'properties.keyOps'],
  'Microsoft.Search/searchServices': [
    'sku.name',
    'properties.replicaCount',
    'properties.partitionCount',
    'properties.networkRuleSet.bypass',
  ],
  'Microsoft.DocumentDB/databaseAccounts': [
    'kind',
    'location',
    'properties.networkAclBypass',
    'properties.capabilities',
  ],
  'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers': [
    'properties.resource.partitionKey.paths',
    'properties.resource.partitionKey.version',
    'properties.resource.defaultTtl',
  ],
  'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments': [
    'properties.principalId',
    'properties.roleDefinitionId',
    'properties.scope',
  ],
  'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions': [
    'properties.roleName',
    'properties.type',
    'properties.assignableScopes',
    'properties.permissions',
  ],
  'Microsoft.Web/serverfarms': ['kind', 'sku.name', 'properties.reserved'],
  'Microsoft.Web/sites': [
    'kind',
    'identity.type',
    'identity.userAssignedIdentities',
    'properties.serverFarmId',
    'properties.virtualNetworkSubnetId',
    'properties.functionAppConfig.deployment.storage.type',
    'properties.functionAppConfig.deployment.storage.value',
    'properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId',
    'properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB',
    'properties.siteConfig.appSettings',
  ],
  'Microsoft.Graph/applications': [
    'identifierUris',
    'groupMembershipClaims',
    'optionalClaims.accessToken',
    'api.requestedAccessTokenVersion',
  ],
  'Microsoft.Network/virtualNetworks': ['properties.addressSpace.addressPrefixes', 'properties.subnets'],
  'Microsoft.Network/privateDnsZones': ['location'],
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': [
    'location',
    'properties.virtualNetwork.id',
    'properties.registrationEnabled',
  ],
  'Microsoft.Network/privateEndpoints': [
    'location',
    'properties.subnet.id',
    'properties.privateLinkServiceConnections',
  ],
};

/** Fields of the items of lists: type → path of the list → names. */
const items: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'Microsoft.Network/virtualNetworks': {
    'properties.subnets': ['name', 'properties.addressPrefix', 'properties.defaultOutboundAccess'],
  },
  'Microsoft.Network/networkSecurityGroups': {
    'properties.securityRules': [
      'name',
      'properties.sourceAddressPrefix',
      'properties.sourcePortRange',
      'properties.destinationAddressPrefix',
      'properties.destinationPortRange',
    ],
  },
  'Microsoft.Network/privateEndpoints': {
    'properties.privateLinkServiceConnections': ['name', 'properties.privateLinkServiceId', 'properties.groupIds'],
  },
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': {
    'properties.privateDnsZoneConfigs': ['name', 'properties.privateDnsZoneId'],
  },
  'Microsoft.Insights/scheduledQueryRules': {
    'properties.criteria.allOf': [
      'query',
      'timeAggregation',
      'operator',
      'threshold',
      'failingPeriods.numberOfEvaluationPeriods',
    ],
  },
  'Microsoft.DocumentDB/databaseAccounts': {
    'properties.locations': ['locationName', 'failoverPriority', 'isZoneRedundant'],
  },
};

const words = (text: string): string[] => text.split(' ');

/** Lists that are exactly this, by the symbol of the resource. */
const exact: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  wrappingKey: ['properties.keyOps', ['wrapKey', 'unwrapKey']],
  signingKey: ['properties.keyOps', ['sign', 'verify']],
  signerRole: [
    'properties.permissions',
    ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action'],
  ],
  metadataRole: ['properties.permissions', ['/readMetadata']],
  recordRole: ['properties.permissions', ['/items/*', '/executeQuery']],
  appendRole: ['properties.permissions', ['/items/create', '/items/read', '/executeQuery', '/readChangeFeed']],
  virtualNetwork: [
    'properties.subnets',
    words(
      'app apps Microsoft.App/environments code apps Microsoft.App/environments endpoints Enabled code-storage Enabled',
    ),
  ],
  codeSecurity: [
    'properties.securityRules',
    words(
      'allow-own-storage Outbound Allow Tcp * 443 ' +
        'allow-token-keys Outbound Allow Tcp * AzureActiveDirectory 443 ' +
        'deny-everything-else Outbound Deny * * * * *',
    ),
  ],
  records: ['properties.resource.partitionKey.paths', ['/tenantId', '/scopeId']],
};

export function checkComplete(source: Source, report: Report): void {
  for (const declaration of source.declarations) {
    if (declaration.kind !== 'resource' || declaration.existing) continue;
    const type = declaration.resourceType.split('@')[0] ?? '';
    const body = bodyOf(declaration.value);
    for (const path of present[type] ?? [])
      if (!find(body, ...path.split('.'))) report(declaration.at, 'infra-incomplete', `${type} needs "${path}"`);
    for (const [path, names] of Object.entries(items[type] ?? {})) {
      const list = find(body, ...path.split('.'));
      for (const item of list?.node === 'array' ? list.items : [])
        for (const name of names)
          if (!find(item, ...name.split('.')))
            report(item.at, 'infra-incomplete', `an item of "${path}" needs "${name}"`);
    }
    lists(declaration, body, report);
  }
}

function lists(declaration: Declaration, body: Expr | null, report: Report): void {
  const [path, wanted] = exact[declaration.name] ?? [];
  if (path === undefined || wanted === undefined) return;
  const value = find(body, ...path.split('.'));
  const given = texts(value);
  if (given.length === wanted.length && given.every((text) => wanted.includes(text))) return;
  report(
    value?.at ?? declaration.at,
    'infra-exact',
    `"${path}" of "${declaration.name}" is exactly ${wanted.join(', ')}`,
  );
}

/** Text of every string in a list, however deep; of an interpolated one, what follows the interpolation. */
function texts(expr: Expr | null): string[] {
  if (expr === null) return [];
  if (expr.node === 'string')
    return [String(expr.parts.at(-1) ?? '')].map((text) =>
      expr.parts.length > 1 ? text.replace(/^\/sqlDatabases\/containers/, '') : text,
    );
  if (expr.node === 'array') return expr.items.flatMap(texts);
  return expr.node === 'object' ? expr.props.flatMap((prop) => texts(prop.value)) : [];
}
