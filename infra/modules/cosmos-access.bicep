metadata description = 'Who may do what with the records: data-plane roles of Cosmos DB, one assignment for each container.'

import { identityPrincipals, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

var containers = loadJsonContent('../content/cosmos-containers.json')
var actionPrefix = 'Microsoft.DocumentDB/databaseAccounts'
var containerActions = '${actionPrefix}/sqlDatabases/containers'

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: names.cosmos
}

// One role or assignment at a time: the account refuses a second change while one is going on.
resource metadataRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' = {
  parent: account
  name: guid(account.id, 'metadata')
  properties: {
    roleName: 'Countersign metadata'
    type: 'CustomRole'
    assignableScopes: [account.id]
    permissions: [
      {
        dataActions: ['${actionPrefix}/readMetadata']
      }
    ]
  }
}

resource recordRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' = {
  parent: account
  name: guid(account.id, 'records')
  properties: {
    roleName: 'Countersign records'
    type: 'CustomRole'
    assignableScopes: [account.id]
    permissions: [
      {
        dataActions: [
          '${containerActions}/items/*'
          '${containerActions}/executeQuery'
        ]
      }
    ]
  }
  dependsOn: [metadataRole]
}

// Create and read, never replace, upsert or delete: what the app has logged it cannot rewrite.
resource appendRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' = {
  parent: account
  name: guid(account.id, 'append')
  properties: {
    roleName: 'Countersign append'
    type: 'CustomRole'
    assignableScopes: [account.id]
    permissions: [
      {
        dataActions: [
          '${containerActions}/items/create'
          '${containerActions}/items/read'
          '${containerActions}/executeQuery'
          '${containerActions}/readChangeFeed'
        ]
      }
    ]
  }
  dependsOn: [recordRole]
}

resource metadataAssignment 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: account
  name: guid(account.id, 'app', 'metadata')
  properties: {
    principalId: principalIds.app
    roleDefinitionId: metadataRole.id
    scope: account.id
  }
  dependsOn: [appendRole]
}

@batchSize(1)
resource containerAssignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for container in containers: {
    parent: account
    name: guid(account.id, 'app', container.name)
    properties: {
      principalId: principalIds.app
      roleDefinitionId: container.appendOnly ? appendRole.id : recordRole.id
      scope: '${account.id}/dbs/${names.cosmosDatabase}/colls/${container.name}'
    }
    dependsOn: [metadataAssignment]
  }
]
