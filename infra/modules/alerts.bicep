metadata description = 'Alert rules over the logs; queries, thresholds and runbook lines are data in alerts.json.'

@description('Required. Azure region.')
param location string

@description('Optional. Tags on every resource.')
param tags object = {}

@description('Required. Resource id of the action group to tell.')
param actionGroupId string

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

var rules = loadJsonContent('../content/alerts.json')

// A version behind the newest, because it is the one that compilers of the last years know.
#disable-next-line use-recent-api-versions
resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'countersign-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Countersign: ${rule.title}'
      description: rule.runbook
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: rule.frequency
      windowSize: rule.window
      autoMitigate: true
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [actionGroupId]
      }
    }
  }
]
