metadata description = 'Two vaults with different identities: keys that seal records and sign checkpoints, and the credentials of connectors.'

import { roleIds } from 'roles.bicep'
import { dataOptions, identityPrincipals, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Tier and locks.')
param data dataOptions

@description('Optional. Whether the vaults can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

module keyVault 'key-vault.bicep' = {
  name: 'vault-keys'
  params: {
    name: names.keyVault
    location: location
    tags: tags
    skuName: data.vaultSku
    publicNetworkAccess: publicNetworkAccess
    locked: data.lockResources
    workspaceId: workspaceId
  }
}

module connectorVault 'key-vault.bicep' = {
  name: 'vault-connectors'
  params: {
    name: names.connectorVault
    location: location
    tags: tags
    skuName: 'standard'
    publicNetworkAccess: publicNetworkAccess
    locked: data.lockResources
    workspaceId: workspaceId
  }
}

module keys 'vault-keys.bicep' = {
  name: 'vault-keys-keys'
  params: {
    vaultName: names.keyVault
    hardware: data.vaultSku == 'premium'
    principalIds: principalIds
  }
  dependsOn: [keyVault]
}

resource connectors 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: names.connectorVault
}

resource connectorReader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(connectors.id, 'connectors', roleIds['Key Vault Secrets User'])
  scope: connectors
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds['Key Vault Secrets User'])
    principalId: principalIds.connectors
    principalType: 'ServicePrincipal'
  }
  dependsOn: [connectorVault]
}
