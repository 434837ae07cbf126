metadata description = 'Everything that holds data: storage accounts, Cosmos DB, the vaults and search, with who may use them.'

import { computeOptions, dataOptions, identityPrincipals, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend, zones and code actions.')
param compute computeOptions

@description('Required. Redundancy, retention and tiers.')
param data dataOptions

@description('Required. Who may reach the resources.')
param network networkOptions

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    names: names
    location: location
    tags: tags
    compute: compute
    data: data
    network: network
    principalIds: principalIds
    workspaceId: workspaceId
  }
}

module cosmos 'cosmos.bicep' = {
  name: 'cosmos'
  params: {
    names: names
    location: location
    tags: tags
    data: data
    zoneRedundant: compute.zoneRedundant
    publicNetworkAccess: !network.private
    workspaceId: workspaceId
  }
}

module cosmosAccess 'cosmos-access.bicep' = {
  name: 'cosmos-access'
  params: {
    names: names
    principalIds: principalIds
  }
  dependsOn: [cosmos]
}

module vaults 'vaults.bicep' = {
  name: 'vaults'
  params: {
    names: names
    location: location
    tags: tags
    data: data
    publicNetworkAccess: !network.private
    principalIds: principalIds
    workspaceId: workspaceId
  }
}

module search 'search.bicep' = if (data.searchEnabled) {
  name: 'search'
  params: {
    names: names
    location: location
    tags: tags
    data: data
    publicNetworkAccess: !network.private
    principalIds: principalIds
    workspaceId: workspaceId
  }
}
