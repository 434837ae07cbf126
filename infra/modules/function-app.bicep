metadata description = 'One Flex Consumption plan with one function app on Node 22: identity only, TLS 1.2, no basic publishing.'

@description('Required. Name of the app; its plan is named after it.')
param name string

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Names of the identities that the app may use; the first one reads the package.')
param identities array

@description('Required. Blob container that holds the package, as a URL.')
param packageContainer string

@description('Required. App settings by name.')
param settings object

@description('Optional. Memory of one instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. Most instances that may run at once.')
param maximumInstances int = 100

@description('Optional. Instances kept warm: objects with name (http, durable) and instanceCount.')
param alwaysReady array = []

@description('Optional. HTTP requests that one instance serves at once.')
param httpConcurrency int = 16

@description('Optional. Spreads the instances over availability zones.')
param zoneRedundant bool = false

@description('Required. Resource id of the subnet for outgoing traffic; empty for none.')
param subnetId string

@description('Optional. Whether the app can be called from public networks.')
param publicNetworkAccess bool = false

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var packageIdentityId = resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', identities[0])
var identityIds = map(identities, identity => resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', identity))

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: toObject(identityIds, id => id, id => {})
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    keyVaultReferenceIdentity: packageIdentityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: packageIdentityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
      appSettings: map(items(settings), setting => {
        name: setting.key
        value: string(setting.value)
      })
    }
  }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

// Metrics only: request and host logs hold paths, and the path of an approval link is its secret. Logs go by OpenTelemetry.
// The published type of diagnosticSettings has no newer version with log categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: site
  properties: {
    workspaceId: workspaceId
    metrics: [
      { category: 'AllMetrics', enabled: true }
    ]
  }
}

@description('Host name of the app.')
output hostName string = site.properties.defaultHostName
