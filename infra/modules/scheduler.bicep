metadata description = 'Durable Task Scheduler with one task hub. Its history is a means, never the record: it is purged by age.'

import { roleIds } from 'roles.bicep'
import { computeOptions, identityPrincipals, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Tier, capacity and days of history.')
param compute computeOptions

@description('Optional. Whether the scheduler can be reached from public networks.')
param publicNetworkAccess bool = false

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: names.scheduler
  location: location
  tags: tags
  properties: {
    sku: compute.schedulerSku == 'Dedicated'
      ? {
          name: 'Dedicated'
          capacity: compute.schedulerCapacity
        }
      : {
          name: 'Consumption'
        }
    ipAllowlist: publicNetworkAccess ? ['0.0.0.0/0'] : []
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: names.taskHub
}

resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [
      { retentionPeriodInDays: compute.historyDays }
    ]
  }
}

resource worker 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(taskHub.id, 'app', roleIds['Durable Task Data Contributor'])
  scope: taskHub
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds['Durable Task Data Contributor'])
    principalId: principalIds.app
    principalType: 'ServicePrincipal'
  }
}

@description('Endpoint of the scheduler; it cannot be made up, its host name holds a hash.')
output endpoint string = scheduler.properties.endpoint
