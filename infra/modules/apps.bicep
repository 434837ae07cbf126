metadata description = 'Everything that runs: the Durable backend, the Countersign app, the app for code actions and their way in.'

import { accessOptions, computeOptions, dataOptions, identityNames, identityPrincipals, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Names of the identities.')
param identities identityNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend, size and code actions.')
param compute computeOptions

@description('Required. Whether there is a search service.')
param data dataOptions

@description('Required. Who may reach the apps.')
param network networkOptions

@description('Required. Whose tokens the app accepts.')
param access accessOptions

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var isManaged = compute.durableBackend == 'azureManaged'

module scheduler 'scheduler.bicep' = if (isManaged) {
  name: 'scheduler'
  params: {
    names: names
    location: location
    tags: tags
    compute: compute
    publicNetworkAccess: !network.private
    principalIds: principalIds
  }
}

module privateNetwork 'private-network.bicep' = if (network.private) {
  name: 'private-network'
  params: {
    names: names
    location: location
    tags: tags
    compute: compute
    data: data
    network: network
  }
  dependsOn: [scheduler]
}

module app 'app.bicep' = {
  name: 'app'
  params: {
    names: names
    identities: identities
    location: location
    tags: tags
    compute: compute
    data: data
    network: network
    access: access
    schedulerEndpoint: isManaged ? scheduler!.outputs.endpoint : ''
    workspaceId: workspaceId
  }
  dependsOn: [privateNetwork]
}

module codeActions 'code-actions.bicep' = if (compute.codeActions) {
  name: 'code-actions'
  params: {
    names: names
    identities: identities
    location: location
    tags: tags
    compute: compute
    network: network
    access: access
    workspaceId: workspaceId
  }
  dependsOn: [privateNetwork]
}

module appEndpoint 'private-endpoint.bicep' = if (network.private && !network.publicIngress) {
  name: 'endpoint-app'
  params: {
    name: 'pe-app-${names.network}'
    location: location
    tags: tags
    subnetId: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'endpoints')
    targetId: resourceId('Microsoft.Web/sites', names.app)
    groupId: 'sites'
    zoneName: 'privatelink.azurewebsites.net'
  }
  dependsOn: [app]
}

// The app calls the code app over the network too, which in the private scenario has no public address.
module codeEndpoint 'private-endpoint.bicep' = if (network.private && compute.codeActions) {
  name: 'endpoint-code'
  params: {
    name: 'pe-code-${names.network}'
    location: location
    tags: tags
    subnetId: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'endpoints')
    targetId: resourceId('Microsoft.Web/sites', names.codeApp)
    groupId: 'sites'
    zoneName: 'privatelink.azurewebsites.net'
  }
  dependsOn: [codeActions]
}

@description('Host name of the app.')
output hostName string = app.outputs.hostName
