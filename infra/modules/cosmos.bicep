metadata description = 'Cosmos DB for NoSQL: one write region, strong consistency, no keys, hierarchical partition keys.'

import { dataOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Throughput, backup and locks.')
param data dataOptions

@description('Optional. Spreads the replicas over availability zones.')
param zoneRedundant bool = false

@description('Optional. Whether the account can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var containers = loadJsonContent('../content/cosmos-containers.json')

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: names.cosmos
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: data.cosmosServerless ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: {
      defaultConsistencyLevel: 'Strong'
    }
    enableMultipleWriteLocations: false
    locations: [
      {
        locationName: location
        failoverPriority: 0
        isZoneRedundant: zoneRedundant
      }
    ]
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        tier: data.cosmosBackupTier
      }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    networkAclBypass: 'None'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: names.cosmosDatabase
  properties: {
    resource: {
      id: names.cosmosDatabase
    }
    options: data.cosmosServerless
      ? {}
      : {
          autoscaleSettings: {
            maxThroughput: data.cosmosMaxThroughput
          }
        }
  }
}

resource records 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [
  for container in containers: {
    parent: database
    name: container.name
    properties: {
      resource: {
        id: container.name
        partitionKey: {
          kind: 'MultiHash'
          version: 2
          paths: ['/tenantId', '/scopeId']
        }
        defaultTtl: container.defaultTtl
        // Only what queries ask for: indexing the records themselves would cost more than writing them.
        indexingPolicy: {
          indexingMode: 'consistent'
          automatic: true
          includedPaths: map(container.indexed, path => { path: '${path}/?' })
          excludedPaths: [{ path: '/*' }]
        }
        conflictResolutionPolicy: {
          mode: 'LastWriterWins'
          conflictResolutionPath: '/_ts'
        }
      }
    }
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (data.lockResources) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the records of every run. Remove this lock only to retire the environment.'
  }
}

// The published type of diagnosticSettings has no newer version with log categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ControlPlaneRequests', enabled: true }
    ]
    metrics: [
      { category: 'Requests', enabled: true }
    ]
  }
}
