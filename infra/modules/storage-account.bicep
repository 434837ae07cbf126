metadata description = 'One storage account: identity only, TLS 1.2, no public blobs; its containers, role assignments and diagnostics.'

import { roleIds } from 'roles.bicep'
import { identityPrincipals } from 'types.bicep'

@description('Required. Name of the account.')
param name string

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Optional. Redundancy of the account.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param skuName string = 'Standard_ZRS'

@description('Required. Names of the blob containers.')
param containers array

@description('Required. What each identity may do here: objects with identity (a key of principalIds) and role (a name in roles.bicep).')
param grants array

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Optional. Days for which deleted and overwritten blobs can be restored; 0 keeps none.')
param deletedBlobDays int = 0

@description('Optional. Days for which a written blob cannot be changed or deleted; 0 makes the account mutable. Fixed at creation.')
param immutableDays int = 0

@description('Conditional. Locks the immutability period for good; used when immutableDays is greater than 0.')
param lockImmutability bool = false

@description('Optional. Whether the account can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Optional. Forbids deletion of the account.')
param locked bool = true

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var keepsDeleted = deletedBlobDays > 0
var isImmutable = immutableDays > 0

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: skuName
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
    immutableStorageWithVersioning: isImmutable
      ? {
          enabled: true
          immutabilityPolicy: {
            immutabilityPeriodSinceCreationInDays: immutableDays
            allowProtectedAppendWrites: true
            state: lockImmutability ? 'Locked' : 'Unlocked'
          }
        }
      : null
  }
}

resource blobServices 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    // Versions outlive the days of deleted blobs, so only evidence has them: immutability needs them.
    isVersioningEnabled: isImmutable
    deleteRetentionPolicy: keepsDeleted ? { enabled: true, days: deletedBlobDays } : { enabled: false }
    containerDeleteRetentionPolicy: keepsDeleted ? { enabled: true, days: deletedBlobDays } : { enabled: false }
  }
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in containers: {
    parent: blobServices
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in grants: {
    name: guid(account.id, grant.identity, roleIds[grant.role])
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principalIds[grant.identity]
      principalType: 'ServicePrincipal'
    }
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds records of Countersign. Remove this lock only to retire the environment.'
  }
}

// The published type of diagnosticSettings has no newer version with log categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobServices
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
    metrics: [
      { category: 'Transaction', enabled: true }
    ]
  }
}
