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

var zones = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  cosmos: 'privatelink.documents.azure.com'
  vault: 'privatelink.vaultcore.azure.net'
  search: 'privatelink.search.windows.net'
  scheduler: 'privatelink.durabletask.io'
  sites: 'privatelink.azurewebsites.net'
}
var neededZones = concat(
  [zones.blob, zones.cosmos, zones.vault, zones.sites],
  isManaged ? [zones.scheduler] : [zones.queue, zones.table],
  data.searchEnabled ? [zones.search] : []
)

var storageTargets = [
  { key: 'host-blob', enabled: true, type: storageType, name: names.hostStorage, group: 'blob', zone: zones.blob }
  { key: 'host-queue', enabled: !isManaged, type: storageType, name: names.hostStorage, group: 'queue', zone: zones.queue }
  { key: 'host-table', enabled: !isManaged, type: storageType, name: names.hostStorage, group: 'table', zone: zones.table }
  { key: 'code-blob', enabled: compute.codeActions, type: storageType, name: names.codeStorage, group: 'blob', zone: zones.blob }
  { key: 'artifacts', enabled: true, type: storageType, name: names.artifactStorage, group: 'blob', zone: zones.blob }
  { key: 'run-keys', enabled: true, type: storageType, name: names.runKeyStorage, group: 'blob', zone: zones.blob }
  { key: 'evidence', enabled: true, type: storageType, name: names.evidenceStorage, group: 'blob', zone: zones.blob }
]
var otherTargets = [
  { key: 'cosmos', enabled: true, type: 'Microsoft.DocumentDB/databaseAccounts', name: names.cosmos, group: 'Sql', zone: zones.cosmos }
  { key: 'keys', enabled: true, type: vaultType, name: names.keyVault, group: 'vault', zone: zones.vault }
  { key: 'connectors', enabled: true, type: vaultType, name: names.connectorVault, group: 'vault', zone: zones.vault }
  { key: 'search', enabled: data.searchEnabled, type: 'Microsoft.Search/searchServices', name: names.search, group: 'searchService', zone: zones.search }
  { key: 'scheduler', enabled: isManaged, type: 'Microsoft.DurableTask/schedulers', name: names.scheduler, group: 'scheduler', zone: zones.scheduler }
]
var targets = filter(concat(storageTargets, otherTargets), target => target.enabled)

module virtualNetwork 'network.bicep' = {
  name: 'virtual-network'
  params: {
    names: names
    location: location
    tags: tags
    network: network
  }
}

module privateDns 'private-dns.bicep' = {
  name: 'private-dns'
  params: {
    names: names
    tags: tags
    zones: neededZones
  }
  dependsOn: [virtualNetwork]
}

module endpoints 'private-endpoint.bicep' = [
  for target in targets: {
    name: 'endpoint-${target.key}'
    params: {
      name: 'pe-${target.key}-${names.network}'
      location: location
      tags: tags
      // Apart from the other endpoints, because code of customers may reach this one.
      subnetId: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, target.key == 'code-blob' ? 'code-storage' : 'endpoints')
      targetId: resourceId(target.type, target.name)
      groupId: target.group
      zoneName: target.zone
    }
    dependsOn: [virtualNetwork, privateDns]
  }
]
