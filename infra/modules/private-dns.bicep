metadata description = 'Private DNS zones, linked to the virtual network, in which the private endpoints enter their addresses.'

import { resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Names of the private DNS zones.')
param zones array

resource virtualNetwork 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: names.network
}

resource dnsZones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zones: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource dnsLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, index) in zones: {
    parent: dnsZones[index]
    name: 'to-${names.network}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: virtualNetwork.id
      }
    }
  }
]
