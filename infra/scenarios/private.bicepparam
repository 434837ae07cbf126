// Production in a virtual network: data has private endpoints only, keys are in hardware, evidence is locked for good.
// Approvers reach the app over its public address; set publicIngress to false to put it behind a gateway of your own.
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'countersign')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param tags = {
  scenario: 'private'
}
param compute = {
  durableBackend: 'azureManaged'
  schedulerSku: 'Dedicated'
  schedulerCapacity: 3
  historyDays: 30
  instanceMemoryMB: 2048
  maximumInstances: 100
  alwaysReadyHttp: 2
  alwaysReadyDurable: 2
  httpConcurrency: 16
  zoneRedundant: true
  codeActions: true
}
param data = {
  cosmosServerless: false
  cosmosMaxThroughput: 4000
  cosmosBackupTier: 'Continuous30Days'
  storageSku: 'Standard_ZRS'
  deletedBlobDays: 14
  evidenceDays: 2555
  lockEvidence: true
  lockResources: true
  vaultSku: 'premium'
  searchEnabled: true
  searchSku: 'basic'
  searchReplicas: 3
}
param network = {
  private: true
  addressPrefix: '10.40.0.0/24'
  natGatewayId: readEnvironmentVariable('COUNTERSIGN_NAT_GATEWAY_ID', '')
  publicIngress: true
  openDeployment: false
}
param operations = {
  alertEmail: readEnvironmentVariable('COUNTERSIGN_ALERT_EMAIL', '')
  logDays: 90
  logDailyCapGB: 10
  budgetAmount: 3000
  budgetStart: readEnvironmentVariable('COUNTERSIGN_BUDGET_START', '')
}
param access = {
  audience: readEnvironmentVariable('COUNTERSIGN_AUDIENCE', '')
  tenantIds: readEnvironmentVariable('COUNTERSIGN_TENANTS', '')
  publicUrl: readEnvironmentVariable('COUNTERSIGN_PUBLIC_URL', '')
  mailSender: readEnvironmentVariable('COUNTERSIGN_MAIL_SENDER', '')
}
