metadata description = 'The private scenario: the network, and an endpoint for every data resource, so that none is reachable from outside.'

import { computeOptions, dataOptions, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend and code actions decide which endpoints there are.')
param compute computeOptions

@description('Required. Whether there is a search service.')
param data dataOptions

@description('Required. Address space and way out.')
param network networkOptions

var storageType = 'Microsoft.Storage/storageAccounts'
var vaultType = 'Microsoft.KeyVault/vaults'
var storageSuffix = environment().suffixes.storage
var isManaged = compute.durableBackend == 'azureManaged'

var storageTargets = [
  { key: 'host-blob', enabled: true, type: storageType, name: names.hostStorage, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { key: 'host-queue', enabled: !isManaged, type: storageType, name: names.hostStorage, group: 'queue', zone: 'privatelink.queue.${storageSuffix}' }
  { key: 'host-table', enabled: !isManaged, type: storageType, name: names.hostStorage, group: 'table', zone: 'privatelink.table.${storageSuffix}' }
  { key: 'code-blob', enabled: compute.codeActions, type: storageType, name: names.codeStorage, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { key: 'artifacts', enabled: true, type: storageType, name: names.artifactStorage, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { key: 'run-keys', enabled: true, type: storageType, name: names.runKeyStorage, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { key: 'evidence', enabled: true, type: storageType, name: names.evidenceStorage, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
]
var otherTargets = [
  { key: 'cosmos', enabled: true, type: 'Microsoft.DocumentDB/databaseAccounts', name: names.cosmos, group: 'Sql', zone: 'privatelink.documents.azure.com' }
  { key: 'keys', enabled: true, type: vaultType, name: names.keyVault, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
  { key: 'connectors', enabled: true, type: vaultType, name: names.connectorVault, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
  { key: 'search', enabled: data.searchEnabled, type: 'Microsoft.Search/searchServices', name: names.search, group: 'searchService', zone: 'privatelink.search.windows.net' }
  { key: 'scheduler', enabled: isManaged, type: 'Microsoft.DurableTask/schedulers', name: names.scheduler, group: 'scheduler', zone: 'privatelink.durabletask.io' }
]
var targets = filter(concat(storageTargets, otherTargets), target => target.enabled)
var zones = union(map(targets, target => target.zone), ['privatelink.azurewebsites.net'])

module virtualNetwork 'network.bicep' = {
  name: 'virtual-network'
  params: {
    names: names
    location: location
    tags: tags
    network: network
    zones: zones
  }
}

module endpoints 'private-endpoint.bicep' = [
  for target in targets: {
    name: 'endpoint-${target.key}'
    params: {
      name: 'pe-${target.key}-${names.network}'
      location: location
      tags: tags
      subnetId: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'endpoints')
      targetId: resourceId(target.type, target.name)
      groupId: target.group
      zoneName: target.zone
    }
    dependsOn: [virtualNetwork]
  }
]
