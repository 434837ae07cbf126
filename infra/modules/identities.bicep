metadata description = 'User-assigned identities, one for each thing that may be done, so that no code path holds more than it needs.'

import { identityNames, identityPrincipals } from 'types.bicep'

@description('Required. Names of the identities.')
param names identityNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Runs the app: host storage, records, artifacts, task hub, search, telemetry.')
resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.app
  location: location
  tags: tags
}

@description('Wraps and unwraps tenant keys and keeps wrapped run keys; nothing else.')
resource keysIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.keys
  location: location
  tags: tags
}

@description('Reads the credentials of connectors; nothing else.')
resource connectorsIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.connectors
  location: location
  tags: tags
}

@description('Signs audit checkpoints and writes them to the evidence account; nothing else.')
resource signerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.signer
  location: location
  tags: tags
}

@description('Starts the app of the code actions from its own storage account; it has no role anywhere else.')
resource codeIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.code
  location: location
  tags: tags
}

@description('Principal id of each identity, by what it may do.')
output principalIds identityPrincipals = {
  app: appIdentity.properties.principalId
  keys: keysIdentity.properties.principalId
  connectors: connectorsIdentity.properties.principalId
  signer: signerIdentity.properties.principalId
  code: codeIdentity.properties.principalId
}
