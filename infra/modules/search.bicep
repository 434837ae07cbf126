metadata description = 'Azure AI Search for documents that their owner made searchable; the app creates the index itself.'

import { roleIds } from 'roles.bicep'
import { dataOptions, identityPrincipals, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Tier and replicas.')
param data dataOptions

@description('Optional. Whether the service can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var roles = ['Search Index Data Contributor', 'Search Service Contributor']

resource search 'Microsoft.Search/searchServices@2025-05-01' = {
  name: names.search
  location: location
  tags: tags
  sku: {
    name: data.searchSku
  }
  properties: {
    replicaCount: data.searchReplicas
    partitionCount: 1
    hostingMode: 'Default'
    disableLocalAuth: true
    semanticSearch: 'free'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkRuleSet: {
      bypass: 'None'
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(search.id, 'app', roleIds[role])
    scope: search
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[role])
      principalId: principalIds.app
      principalType: 'ServicePrincipal'
    }
  }
]

// Query text can hold personal data, so operations are counted but not logged.
// The published type of diagnosticSettings has no newer version with log categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: search
  properties: {
    workspaceId: workspaceId
    metrics: [
      { category: 'AllMetrics', enabled: true }
    ]
  }
}
