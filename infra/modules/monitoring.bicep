metadata description = 'Log Analytics workspace and workspace-based Application Insights; ingestion by identity only.'

import { roleIds } from 'roles.bicep'
import { identityPrincipals, operationsOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Retention and daily cap of the logs.')
param operations operationsOptions

@description('Required. Principal id of each identity.')
param principalIds identityPrincipals

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: names.workspace
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: operations.logDays
    workspaceCapping: {
      dailyQuotaGb: operations.logDailyCapGB
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: names.insights
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, 'app', roleIds['Monitoring Metrics Publisher'])
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds['Monitoring Metrics Publisher'])
    principalId: principalIds.app
    principalType: 'ServicePrincipal'
  }
}

@description('Resource id of the workspace, for diagnostic settings and alert rules.')
output workspaceId string = workspace.id
