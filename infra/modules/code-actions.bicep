metadata description = 'The app in which code of customers runs: its identity reads its own package and has no role on anything else.'

import { accessOptions, computeOptions, identityNames, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Names of the identities.')
param identities identityNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Size of the instances.')
param compute computeOptions

@description('Required. Who may reach the app.')
param network networkOptions

@description('Required. Tenants and audience of the only caller.')
param access accessOptions

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var hostBlob = 'https://${names.codeStorage}.blob.${environment().suffixes.storage}/'

resource codeIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.code
}

resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.app
}

module app 'function-app.bicep' = {
  name: 'function-app-code'
  params: {
    name: names.codeApp
    location: location
    tags: union(tags, { 'azd-service-name': 'code' })
    identities: [identities.code]
    packageContainer: '${hostBlob}packages'
    settings: {
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: codeIdentity.properties.clientId
      AzureWebJobsStorage__blobServiceUri: hostBlob
      COUNTERSIGN_PLATFORM: 'azure-code'
      COUNTERSIGN_AUDIENCE: access.audience
      COUNTERSIGN_TENANTS: empty(access.tenantIds) ? tenant().tenantId : access.tenantIds
      COUNTERSIGN_CALLER_OBJECT_ID: appIdentity.properties.principalId
    }
    instanceMemoryMB: compute.instanceMemoryMB
    maximumInstances: compute.maximumInstances
    httpConcurrency: 1
    zoneRedundant: compute.zoneRedundant
    subnetId: network.private ? resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'code') : ''
    publicNetworkAccess: !network.private
    workspaceId: workspaceId
  }
}
