metadata description = 'What operators look at and are told: action group, alert rules with runbook lines, workbook, budget.'

import { operationsOptions, resourceNames } from 'types.bicep'

@description('Required. Names of the resources.')
param names resourceNames

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Receivers and budget.')
param operations operationsOptions

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: names.actionGroup
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'countersign'
    emailReceivers: empty(operations.alertEmail)
      ? []
      : [
          {
            name: 'operators'
            emailAddress: operations.alertEmail
            useCommonAlertSchema: true
          }
        ]
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    actionGroupId: actionGroup.id
    workspaceId: workspaceId
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Countersign (${names.app})'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../content/workbook.json')
    version: '1.0'
  }
}

// The start of a budget cannot be moved, so nothing may stand in for it: without one there is no budget.
// A version behind the newest, because it is the one that compilers of the last years know.
#disable-next-line use-recent-api-versions
resource budget 'Microsoft.Consumption/budgets@2024-08-01' = if (operations.budgetAmount > 0 && !empty(operations.budgetStart)) {
  name: 'countersign'
  properties: {
    category: 'Cost'
    amount: operations.budgetAmount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: operations.budgetStart
    }
    notifications: {
      actual50: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 50
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
      actual80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
      actual100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
    }
  }
}
