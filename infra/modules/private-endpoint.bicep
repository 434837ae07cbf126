metadata description = 'One private endpoint with its entry in the matching DNS zone.'

@description('Required. Name of the endpoint.')
param name string

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Resource id of the subnet.')
param subnetId string

@description('Required. Resource id of the resource to reach.')
param targetId string

@description('Required. Part of the resource to reach, such as blob or vault.')
param groupId string

@description('Required. Name of the private DNS zone.')
param zoneName string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: targetId
          groupIds: [groupId]
        }
      }
    ]
  }
}

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: groupId
        properties: {
          privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zoneName)
        }
      }
    ]
  }
}
