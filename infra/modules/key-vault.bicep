metadata description = 'One Key Vault: roles instead of access policies, purge protection, audit log of every use.'

@description('Required. Name of the vault.')
param name string

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Optional. Tier: premium keeps keys in hardware.')
@allowed(['standard', 'premium'])
param skuName string = 'standard'

@description('Optional. Whether the vault can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Optional. Forbids deletion of the vault.')
param locked bool = true

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: skuName
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Without its keys no record can be read again. Remove this lock only to retire the environment.'
  }
}

// The published type of diagnosticSettings has no newer version with log categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'AuditEvent', enabled: true }
    ]
    metrics: [
      { category: 'AllMetrics', enabled: true }
    ]
  }
}
