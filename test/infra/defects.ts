/** Ways to break the templates, each a change to one real file: syntax, names, types, properties, calls, security. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Can be seen only with the published resource types at hand. */
  readonly needsTypes: boolean;
}

const needTypes = new Set([
  'unknown-resource-property-read',
  'unknown-resource-type',
  'unpublished-version',
  'number-for-text',
  'enum-value-misspelt',
  'object-for-an-array',
  'resource-at-the-wrong-scope',
  'unknown-property',
  'property-one-level-too-high',
  'required-property-missing',
  'read-only-property-set',
  'child-without-parent',
  'location-on-an-existing-resource',
  'text-for-a-boolean',
  'discriminator-unknown',
]);

const defect = (name: string, file: string, from: string, to: string): Defect => ({
  name,
  file,
  from,
  to,
  needsTypes: needTypes.has(name),
});
const m = (file: string): string => `modules/${file}.bicep`;

export const defects: readonly Defect[] = [
  // Syntax
  defect(
    'closing-brace-missing',
    m('search'),
    '  sku: {\n    name: data.searchSku\n  }',
    '  sku: {\n    name: data.searchSku',
  ),
  defect('quote-missing', m('cosmos'), "kind: 'GlobalDocumentDB'", "kind: 'GlobalDocumentDB"),
  defect('bracket-missing', m('vault-keys'), "keyOps: ['sign', 'verify']", "keyOps: ['sign', 'verify'"),
  defect('equals-missing', m('scheduler'), "taskHubs@2026-02-01' = {", "taskHubs@2026-02-01' {"),
  defect('colon-missing', m('key-vault'), 'enablePurgeProtection: true', 'enablePurgeProtection true'),
  defect('two-properties-on-a-line', m('monitoring'), "kind: 'web'\n", "kind: 'web' etag: 'x'\n"),
  // Names
  defect('undefined-variable', m('storage'), 'publicNetworkAccess: isPublic\n', 'publicNetworkAccess: isPublik\n'),
  defect('undefined-resource', m('cosmos'), 'parent: account\n', 'parent: acount\n'),
  defect('undefined-function', m('function-app'), 'empty(subnetId)', 'isEmpty(subnetId)'),
  defect('undefined-lambda-variable', m('function-app'), 'name: setting.key', 'name: settings_.key'),
  defect('undefined-loop-variable', m('search'), "'app', roleIds[role])", "'app', roleIds[rolle])"),
  defect('unknown-member-of-typed-parameter', m('scheduler'), 'compute.historyDays', 'compute.historydays'),
  defect('unknown-module-output', 'main.bicep', 'monitoring.outputs.workspaceId', 'monitoring.outputs.workspace'),
  defect(
    'unknown-resource-property-read',
    m('scheduler'),
    'scheduler.properties.endpoint',
    'scheduler.properties.endpointUri',
  ),
  defect('import-of-unexported', m('monitoring'), 'import { roleIds }', 'import { rolesIds }'),
  defect(
    'unused-parameter',
    m('private-dns'),
    "@description('Required. Names of the private",
    "@description('Optional. Unused.')\nparam spare string = ''\n\n@description('Required. Names of the private",
  ),
  defect('unused-variable', m('app'), 'var hostSettings', "var spare = 'x'\n\nvar hostSettings"),
  defect(
    'unused-existing-resource',
    m('code-actions'),
    'COUNTERSIGN_CALLER_OBJECT_ID: appIdentity.properties.principalId',
    "COUNTERSIGN_CALLER_OBJECT_ID: 'x'",
  ),
  defect('declared-twice', m('vaults'), 'resource connectorReader', 'resource connectors'),
  defect(
    'wrong-number-of-arguments',
    m('network'),
    'cidrSubnet(network.addressPrefix, 26, 0)',
    'cidrSubnet(network.addressPrefix, 26)',
  ),
  // Types and versions
  defect(
    'unknown-resource-type',
    m('identities'),
    'ManagedIdentity/userAssignedIdentities@',
    'ManagedIdentity/userIdentities@',
  ),
  defect('unpublished-version', m('storage-account'), 'storageAccounts@2025-06-01', 'storageAccounts@2025-06-31'),
  defect('text-for-a-boolean', m('key-vault'), 'enableSoftDelete: true', "enableSoftDelete: 'true'"),
  defect('number-for-text', m('vault-keys'), "timeAfterCreate: 'P365D'", 'timeAfterCreate: 365'),
  defect('enum-value-misspelt', m('network'), "direction: 'Outbound'", "direction: 'Out'"),
  defect(
    'literal-type-misspelt',
    'scenarios/private.bicepparam',
    "schedulerSku: 'Dedicated'",
    "schedulerSku: 'dedicated'",
  ),
  defect('object-for-an-array', m('cosmos'), "paths: ['/tenantId', '/scopeId']", "paths: { first: '/tenantId' }"),
  defect('location-on-an-existing-resource', m('vault-keys'), 'name: vaultName', "name: vaultName\n  location: 'x'"),
  defect(
    'resource-at-the-wrong-scope',
    m('operations'),
    "resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01'",
    "resource spare 'Microsoft.Resources/resourceGroups@2025-04-01' = {\n  name: 'x'\n  location: location\n}\n\nresource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01'",
  ),
  // Properties
  defect('unknown-property', m('search'), 'semanticSearch:', 'semanticsearch:'),
  defect('property-one-level-too-high', m('monitoring'), '    IngestionMode:', '    Ingestion_Mode:'),
  defect(
    'required-property-missing',
    m('scheduler'),
    "    ipAllowlist: publicNetworkAccess ? ['0.0.0.0/0'] : []\n",
    '',
  ),
  defect(
    'read-only-property-set',
    m('cosmos'),
    "    networkAclBypass: 'None'",
    "    documentEndpoint: 'https://x'\n    networkAclBypass: 'None'",
  ),
  defect('discriminator-unknown', m('cosmos'), "type: 'Continuous'", "type: 'Constant'"),
  defect('child-without-parent', m('function-app'), "  parent: site\n  name: 'ftp'", "  name: 'ftp'"),
  // Module calls and scenarios
  defect('module-path-wrong', 'main.bicep', "'modules/records.bicep'", "'modules/record.bicep'"),
  defect(
    'module-parameter-missing',
    m('records'),
    '    names: names\n    principalIds: principalIds\n  }\n  dependsOn: [cosmos]',
    '    names: names\n  }\n  dependsOn: [cosmos]',
  ),
  defect('module-parameter-unknown', m('vaults'), "    skuName: 'standard'", "    sku: 'standard'"),
  defect('module-parameter-of-the-wrong-type', m('storage'), 'locked: data.lockResources', 'locked: data.storageSku'),
  defect('scenario-lacks-a-member', 'scenarios/minimal.bicepparam', '  historyDays: 14\n', ''),
  defect('conditional-output-read-unguarded', m('apps'), 'scheduler!.outputs.endpoint', 'scheduler.outputs.endpoint'),
  // Security
  defect('shared-key-allowed', m('storage-account'), 'allowSharedKeyAccess: false', 'allowSharedKeyAccess: true'),
  defect('local-auth-left-on', m('cosmos'), '    disableLocalAuth: true\n', ''),
  defect('old-tls', m('function-app'), "scmMinTlsVersion: '1.2'", "scmMinTlsVersion: '1.0'"),
  defect('purge-protection-off', m('key-vault'), 'enablePurgeProtection: true', 'enablePurgeProtection: false'),
  defect(
    'key-read-for-a-setting',
    m('app'),
    'AzureWebJobsStorage__blobServiceUri: hostBlob',
    'AzureWebJobsStorage__blobServiceUri: insights.listKeys().key',
  ),
  defect(
    'key-in-an-output',
    m('monitoring'),
    'output workspaceId string = workspace.id',
    "output connectionString string = insights.properties.ConnectionString\n\n@description('x')\noutput workspaceId string = workspace.id",
  ),
  defect(
    'role-assignment-of-random-name',
    m('scheduler'),
    "guid(taskHub.id, 'app', roleIds['Durable Task Data Contributor'])",
    'uniqueString(taskHub.id)',
  ),
  defect('unknown-role', m('storage'), "role: 'Storage Blob Data Reader'", "role: 'Storage Blob Data Viewer'"),
  defect('run-keys-kept-after-deletion', m('storage'), 'deletedBlobDays: 0', 'deletedBlobDays: data.deletedBlobDays'),
  defect(
    'app-may-rewrite-the-log',
    m('cosmos-access'),
    "'${containerActions}/items/create'",
    "'${containerActions}/items/*'",
  ),
  defect('required-setting-missing', m('app'), '  COUNTERSIGN_COSMOS_DATABASE: names.cosmosDatabase\n', ''),
  defect('address-of-one-cloud', m('app'), "'blob.${environment().suffixes.storage}'", "'blob.core.windows.net'"),
  defect(
    'name-decided-at-run-time',
    m('apps'),
    "name: 'pe-app-${names.network}'",
    "name: 'pe-app-${app.outputs.hostName}'",
  ),
  defect(
    'id-from-a-plain-function',
    m('function-app'),
    "resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', identities[0])",
    'toLower(identities[0])',
  ),
  defect('dollar-without-braces', 'main.bicep', "'kv-keys-${token}'", "'kv-keys-$token'"),
  defect(
    'circle-of-variables',
    m('network'),
    'cidrSubnet(network.addressPrefix, 26, 0)',
    'cidrSubnet(appPrefix, 26, 0)',
  ),
  defect('two-modules-of-one-name', m('records'), "name: 'vaults'", "name: 'cosmos'"),
  defect('child-under-the-wrong-parent', m('cosmos'), 'parent: database', 'parent: account'),
  defect('condition-that-is-no-boolean', m('records'), 'if (data.searchEnabled)', 'if (data.searchSku)'),
  defect(
    'app-may-read-run-keys',
    m('storage'),
    "{ identity: 'keys', role: 'Storage Blob Data Contributor' }",
    "{ identity: 'app', role: 'Storage Blob Data Contributor' }",
  ),
  defect(
    'role-assigned-to-the-whole-group',
    m('search'),
    '    scope: search\n    properties: {\n      roleDefinitionId',
    '    properties: {\n      roleDefinitionId',
  ),
  defect(
    'signer-may-do-more',
    m('vault-keys'),
    "'Microsoft.KeyVault/vaults/keys/sign/action'",
    "'Microsoft.KeyVault/vaults/keys/*/action'",
  ),
  defect('roles-changed-at-once', m('cosmos-access'), '@batchSize(1)\n', ''),
  defect(
    'versions-without-end',
    m('storage-account'),
    'isVersioningEnabled: isImmutable',
    'isVersioningEnabled: keepsDeleted || isImmutable',
  ),
  defect(
    'code-reaches-every-endpoint',
    m('private-network'),
    "'code-storage' : 'endpoints'",
    "'endpoints' : 'endpoints'",
  ),
  defect('code-reaches-the-internet', m('network'), "'AzureActiveDirectory'", "'Internet'"),
  defect(
    'host-sends-paths',
    m('app'),
    '  COUNTERSIGN_TELEMETRY:',
    '  APPLICATIONINSIGHTS_CONNECTION_STRING: ownUrl\n  COUNTERSIGN_TELEMETRY:',
  ),
  defect('index-of-the-wrong-type', m('function-app'), 'identities[0]', "identities['0']"),
  defect('comparison-of-two-kinds', m('storage-account'), 'deletedBlobDays > 0', "deletedBlobDays > '0'"),
  defect(
    'read-that-may-give-nothing',
    m('apps'),
    "isManaged ? scheduler!.outputs.endpoint : ''",
    'scheduler.?outputs.endpoint',
  ),
  defect(
    'decorator-where-it-cannot-stand',
    m('cosmos'),
    "@description('Required. Names of the resources.')",
    "@description('Required. Names of the resources.')\n@batchSize(1)",
  ),
  defect(
    'decorator-of-another-type',
    m('function-app'),
    "@description('Optional. Most instances that may run at once.')",
    "@description('Optional. Most instances that may run at once.')\n@minLength(1)",
  ),
  defect(
    'place-decided-at-run-time',
    m('identities'),
    '  name: names.keys\n  location: location',
    '  name: names.keys\n  location: connectorsIdentity.location',
  ),
  defect(
    'function-of-too-many-values',
    m('app'),
    'group => group.instanceCount > 0',
    '(a, b, c) => a.instanceCount > 0',
  ),
  defect(
    'metadata-twice',
    m('key-vault'),
    'metadata description =',
    "metadata description = 'x'\nmetadata description =",
  ),
  defect(
    'described-twice',
    m('key-vault'),
    "@description('Required. Name of the vault.')",
    "@description('Required. Name of the vault.')\n@metadata({ description: 'x' })",
  ),
  defect('budget-muted', m('operations'), 'enabled: true\n        operator', 'enabled: false\n        operator'),
];
