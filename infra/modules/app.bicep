metadata description = 'The Countersign app: every setting that it needs on Azure, each one an address or an id, none a secret.'

import { accessOptions, computeOptions, dataOptions, identityNames, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Names of the identities.')
param identities identityNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend, size and warm instances.')
param compute computeOptions

@description('Required. Whether there is a search service.')
param data dataOptions

@description('Required. Who may reach the app.')
param network networkOptions

@description('Required. Whose tokens the app accepts.')
param access accessOptions

@description('Required. Endpoint of the Durable Task Scheduler; empty when Azure Storage is the backend.')
param schedulerEndpoint string

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var blobSuffix = 'blob.${environment().suffixes.storage}'
var hostBlob = 'https://${names.hostStorage}.${blobSuffix}/'
var ownUrl = 'https://${names.app}.azurewebsites.net'

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: names.insights
}

resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.app
}

resource keysIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.keys
}

resource connectorsIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.connectors
}

resource signerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identities.signer
}

var hostSettings = {
  AzureWebJobsDisableHomepage: 'true'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: appIdentity.properties.clientId
  AzureWebJobsStorage__blobServiceUri: hostBlob
  AzureWebJobsStorage__queueServiceUri: 'https://${names.hostStorage}.queue.${environment().suffixes.storage}/'
  AzureWebJobsStorage__tableServiceUri: 'https://${names.hostStorage}.table.${environment().suffixes.storage}/'
  // Else the exporter reports on itself to an address outside the workspace, from inside a closed network too.
  APPLICATION_INSIGHTS_NO_STATSBEAT: 'true'
  TASKHUB_NAME: names.taskHub
}

// Telemetry is the app's alone: a host that finds the usual setting sends every request with its path, and the path of an
// approval link is its secret.
var appSettings = {
  COUNTERSIGN_PLATFORM: 'azure'
  COUNTERSIGN_TELEMETRY: insights.properties.ConnectionString
  COUNTERSIGN_PUBLIC_URL: empty(access.publicUrl) ? ownUrl : access.publicUrl
  COUNTERSIGN_AUDIENCE: access.audience
  COUNTERSIGN_TENANTS: empty(access.tenantIds) ? tenant().tenantId : access.tenantIds
  COUNTERSIGN_COSMOS_ENDPOINT: 'https://${names.cosmos}.documents.azure.com:443/'
  COUNTERSIGN_COSMOS_DATABASE: names.cosmosDatabase
  COUNTERSIGN_BLOB_ENDPOINT: 'https://${names.artifactStorage}.${blobSuffix}/'
  COUNTERSIGN_KEYS_ENDPOINT: 'https://${names.runKeyStorage}.${blobSuffix}/'
  COUNTERSIGN_EVIDENCE_ENDPOINT: 'https://${names.evidenceStorage}.${blobSuffix}/'
  COUNTERSIGN_KEY_VAULT: 'https://${names.keyVault}${environment().suffixes.keyvaultDns}/'
  COUNTERSIGN_SECRET_VAULT: 'https://${names.connectorVault}${environment().suffixes.keyvaultDns}/'
  COUNTERSIGN_WRAPPING_KEY: 'tenant-wrapping'
  COUNTERSIGN_SIGNING_KEY: 'checkpoint-signing'
  COUNTERSIGN_CLIENT_ID: appIdentity.properties.clientId
  COUNTERSIGN_KEYS_CLIENT_ID: keysIdentity.properties.clientId
  COUNTERSIGN_SECRETS_CLIENT_ID: connectorsIdentity.properties.clientId
  COUNTERSIGN_SIGNER_CLIENT_ID: signerIdentity.properties.clientId
  COUNTERSIGN_MAIL_SENDER: access.mailSender
  COUNTERSIGN_SEARCH_ENDPOINT: data.searchEnabled ? 'https://${names.search}.search.windows.net' : ''
  COUNTERSIGN_CODE_ENDPOINT: compute.codeActions ? 'https://${names.codeApp}.azurewebsites.net' : ''
}

// host.json names the scheduler as backend and leaves the connection to settings: a connection named there would win over
// the one of another backend.
var schedulerSettings = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${appIdentity.properties.clientId}'
}

// Settings of this form override host.json, which names the scheduler. The time-outs are short because a crashed instance
// would hold its messages for five minutes otherwise.
var storageBackendSettings = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'AzureStorage'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionName: 'AzureWebJobsStorage'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__maxQueuePollingInterval: '00:00:10'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__controlQueueVisibilityTimeout: '00:01:00'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__workItemQueueVisibilityTimeout: '00:01:00'
}

var alwaysReady = [
  { name: 'http', instanceCount: compute.alwaysReadyHttp }
  { name: 'durable', instanceCount: compute.alwaysReadyDurable }
]

module app 'function-app.bicep' = {
  name: 'function-app'
  params: {
    name: names.app
    location: location
    tags: union(tags, { 'azd-service-name': 'app' })
    identities: [identities.app, identities.keys, identities.connectors, identities.signer]
    packageContainer: '${hostBlob}packages'
    settings: union(hostSettings, appSettings, compute.durableBackend == 'azureManaged' ? schedulerSettings : storageBackendSettings)
    instanceMemoryMB: compute.instanceMemoryMB
    maximumInstances: compute.maximumInstances
    alwaysReady: filter(alwaysReady, group => group.instanceCount > 0)
    httpConcurrency: compute.httpConcurrency
    zoneRedundant: compute.zoneRedundant
    subnetId: network.private ? resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'app') : ''
    publicNetworkAccess: network.publicIngress
    workspaceId: workspaceId
  }
}

@description('Host name of the app.')
output hostName string = app.outputs.hostName
