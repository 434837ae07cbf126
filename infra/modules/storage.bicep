metadata description = 'The storage accounts: host and packages, artifacts and sealed blobs, wrapped run keys, evidence. Apart, because their retention differs.'

import { computeOptions, dataOptions, identityPrincipals, networkOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Backend and code actions decide which accounts and roles there are.')
param compute computeOptions

@description('Required. Redundancy and retention.')
param data dataOptions

@description('Required. Who may reach the accounts.')
param network networkOptions

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var isPublic = !network.private
var blobGrants = [
  { identity: 'app', role: 'Storage Blob Data Owner' }
]
var durableGrants = [
  { identity: 'app', role: 'Storage Queue Data Contributor' }
  { identity: 'app', role: 'Storage Table Data Contributor' }
]

module hostStorage 'storage-account.bicep' = {
  name: 'storage-host'
  params: {
    name: names.hostStorage
    location: location
    tags: tags
    skuName: data.storageSku
    containers: ['packages']
    grants: compute.durableBackend == 'azureStorage' ? concat(blobGrants, durableGrants) : blobGrants
    principalIds: principalIds
    publicNetworkAccess: isPublic || network.openDeployment
    locked: false
    workspaceId: workspaceId
  }
}

module codeStorage 'storage-account.bicep' = if (compute.codeActions) {
  name: 'storage-code'
  params: {
    name: names.codeStorage
    location: location
    tags: tags
    skuName: data.storageSku
    containers: ['packages']
    grants: [
      { identity: 'code', role: 'Storage Blob Data Owner' }
    ]
    principalIds: principalIds
    publicNetworkAccess: isPublic || network.openDeployment
    locked: false
    workspaceId: workspaceId
  }
}

module artifactStorage 'storage-account.bicep' = {
  name: 'storage-artifacts'
  params: {
    name: names.artifactStorage
    location: location
    tags: tags
    skuName: data.storageSku
    containers: ['artifacts', 'sealed']
    grants: [
      { identity: 'app', role: 'Storage Blob Data Contributor' }
    ]
    principalIds: principalIds
    deletedBlobDays: data.deletedBlobDays
    publicNetworkAccess: isPublic
    locked: data.lockResources
    workspaceId: workspaceId
  }
}

// A destroyed run key must stay destroyed: neither versions nor deleted blobs are kept, and nothing is copied elsewhere.
module runKeyStorage 'storage-account.bicep' = {
  name: 'storage-run-keys'
  params: {
    name: names.runKeyStorage
    location: location
    tags: tags
    skuName: data.storageSku
    containers: ['run-keys']
    grants: [
      { identity: 'keys', role: 'Storage Blob Data Contributor' }
    ]
    principalIds: principalIds
    deletedBlobDays: 0
    publicNetworkAccess: isPublic
    locked: data.lockResources
    workspaceId: workspaceId
  }
}

module evidenceStorage 'storage-account.bicep' = {
  name: 'storage-evidence'
  params: {
    name: names.evidenceStorage
    location: location
    tags: tags
    skuName: data.storageSku
    containers: ['checkpoints', 'evidence']
    grants: [
      { identity: 'signer', role: 'Storage Blob Data Contributor' }
      { identity: 'app', role: 'Storage Blob Data Reader' }
    ]
    principalIds: principalIds
    immutableDays: data.evidenceDays
    lockImmutability: data.lockEvidence
    publicNetworkAccess: isPublic
    locked: data.lockResources
    workspaceId: workspaceId
  }
}
