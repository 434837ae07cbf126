metadata description = 'Virtual network of the private scenario: subnets for the two apps and for private endpoints.'

import { networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Address space and way out.')
param network networkOptions

var appPrefix = cidrSubnet(network.addressPrefix, 26, 0)
var codePrefix = cidrSubnet(network.addressPrefix, 26, 1)
var endpointPrefix = cidrSubnet(network.addressPrefix, 26, 2)
var codeStoragePrefix = cidrSubnet(network.addressPrefix, 26, 3)

// Code of customers reaches its own storage, which has a subnet for itself, and the keys by which its caller's token is checked.
resource codeSecurity 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-code-${names.network}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'allow-own-storage'
        properties: {
          direction: 'Outbound'
          access: 'Allow'
          priority: 100
          protocol: 'Tcp'
          sourceAddressPrefix: codePrefix
          sourcePortRange: '*'
          destinationAddressPrefix: codeStoragePrefix
          destinationPortRange: '443'
        }
      }
      {
        name: 'allow-token-keys'
        properties: {
          direction: 'Outbound'
          access: 'Allow'
          priority: 110
          protocol: 'Tcp'
          sourceAddressPrefix: codePrefix
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureActiveDirectory'
          destinationPortRange: '443'
        }
      }
      {
        name: 'deny-everything-else'
        properties: {
          direction: 'Outbound'
          access: 'Deny'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource endpointSecurity 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-endpoints-${names.network}'
  location: location
  tags: tags
  properties: {
    securityRules: []
  }
}

resource virtualNetwork 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: names.network
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [network.addressPrefix]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: appPrefix
          defaultOutboundAccess: empty(network.natGatewayId)
          natGateway: empty(network.natGatewayId) ? null : { id: network.natGatewayId }
          delegations: [
            {
              name: 'apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'code'
        properties: {
          addressPrefix: codePrefix
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: codeSecurity.id
          }
          delegations: [
            {
              name: 'apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointPrefix
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Enabled'
          networkSecurityGroup: {
            id: endpointSecurity.id
          }
        }
      }
      {
        name: 'code-storage'
        properties: {
          addressPrefix: codeStoragePrefix
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Enabled'
          networkSecurityGroup: {
            id: endpointSecurity.id
          }
        }
      }
    ]
  }
}
