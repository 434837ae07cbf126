metadata description = 'The two keys of the platform and who may use them: one wraps tenant keys, one signs audit checkpoints.'

import { roleIds } from 'roles.bicep'
import { identityPrincipals } from 'types.bicep'

@description('Required. Name of the vault that holds the keys.')
param vaultName string

@description('Optional. Keeps the keys in hardware; the vault must be premium.')
param hardware bool = false

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

var groupId = resourceGroup().id

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

// Old versions stay enabled: what they wrapped is read until re-wrapping has reached it.
resource wrappingKey 'Microsoft.KeyVault/vaults/keys@2025-05-01' = {
  parent: vault
  name: 'tenant-wrapping'
  properties: {
    kty: hardware ? 'RSA-HSM' : 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
    rotationPolicy: {
      lifetimeActions: [
        {
          trigger: {
            timeAfterCreate: 'P365D'
          }
          action: {
            type: 'rotate'
          }
        }
      ]
    }
  }
}

resource signingKey 'Microsoft.KeyVault/vaults/keys@2025-05-01' = {
  parent: vault
  name: 'checkpoint-signing'
  properties: {
    kty: hardware ? 'EC-HSM' : 'EC'
    curveName: 'P-256'
    keyOps: ['sign', 'verify']
  }
}

// No built-in role allows signing alone; the built-in one could also change the key.
resource signerRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(groupId, 'checkpoint-signer')
  properties: {
    roleName: 'Countersign checkpoint signer (${uniqueString(groupId)})'
    description: 'Reads the public part of a key and signs with it; nothing else.'
    type: 'CustomRole'
    assignableScopes: [groupId]
    permissions: [
      {
        dataActions: [
          'Microsoft.KeyVault/vaults/keys/read'
          'Microsoft.KeyVault/vaults/keys/sign/action'
        ]
      }
    ]
  }
}

resource wrapperAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(wrappingKey.id, 'keys', roleIds['Key Vault Crypto Service Encryption User'])
  scope: wrappingKey
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds['Key Vault Crypto Service Encryption User'])
    principalId: principalIds.keys
    principalType: 'ServicePrincipal'
  }
}

resource signerAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(signingKey.id, 'signer', signerRole.name)
  scope: signingKey
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', signerRole.name)
    principalId: principalIds.signer
    principalType: 'ServicePrincipal'
  }
}
