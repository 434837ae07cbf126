metadata description = 'Countersign in one resource group. Scenarios are parameter files; the options they set are described in modules/types.bicep.'

targetScope = 'subscription'

import { accessOptions, computeOptions, dataOptions, networkOptions, operationsOptions } from 'modules/types.bicep'

@description('Required. Name of the environment; part of the resource group name and of the task hub.')
@minLength(3)
@maxLength(20)
param environmentName string

@description('Required. Azure region of every resource.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend, size and code actions.')
param compute computeOptions

@description('Required. Redundancy, retention and tiers.')
param data dataOptions

@description('Required. Who may reach the resources.')
param network networkOptions

@description('Required. Logs, receivers and budget.')
param operations operationsOptions

@description('Required. Whose tokens the app accepts.')
param access accessOptions

var token = uniqueString(subscription().id, environmentName, location)
var allTags = union({ 'azd-env-name': environmentName, product: 'countersign' }, tags)

var names = {
  workspace: 'log-countersign-${token}'
  insights: 'appi-countersign-${token}'
  actionGroup: 'ag-countersign-${token}'
  network: 'vnet-countersign-${token}'
  scheduler: 'dts-countersign-${token}'
  taskHub: 'countersign'
  cosmos: 'cosmos-countersign-${token}'
  cosmosDatabase: 'countersign'
  hostStorage: 'sthost${token}'
  codeStorage: 'stcode${token}'
  artifactStorage: 'start${token}'
  runKeyStorage: 'strkey${token}'
  evidenceStorage: 'stevid${token}'
  keyVault: 'kv-keys-${token}'
  connectorVault: 'kv-conn-${token}'
  search: 'srch-countersign-${token}'
  app: 'func-countersign-${token}'
  codeApp: 'func-cscode-${token}'
}

var identityNames = {
  app: 'id-app-${token}'
  keys: 'id-keys-${token}'
  connectors: 'id-connectors-${token}'
  signer: 'id-signer-${token}'
  code: 'id-code-${token}'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    names: identityNames
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    names: names
    location: location
    tags: allTags
    operations: operations
    principalIds: identities.outputs.principalIds
  }
}

module records 'modules/records.bicep' = {
  name: 'records'
  scope: group
  params: {
    names: names
    location: location
    tags: allTags
    compute: compute
    data: data
    network: network
    principalIds: identities.outputs.principalIds
    workspaceId: monitoring.outputs.workspaceId
  }
}

module apps 'modules/apps.bicep' = {
  name: 'apps'
  scope: group
  params: {
    names: names
    identities: identityNames
    location: location
    tags: allTags
    compute: compute
    data: data
    network: network
    access: access
    principalIds: identities.outputs.principalIds
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [records]
}

module operating 'modules/operations.bicep' = {
  name: 'operations'
  scope: group
  params: {
    names: names
    location: location
    tags: allTags
    operations: operations
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Name of the resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the app, for deployment.')
output COUNTERSIGN_APP_NAME string = names.app

@description('Address of the app.')
output COUNTERSIGN_URL string = 'https://${apps.outputs.hostName}'

@description('Object id of the identity of the app, for the registration.')
output COUNTERSIGN_APP_PRINCIPAL_ID string = identities.outputs.principalIds.app
