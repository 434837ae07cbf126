// What azd deploys: the standard scenario. Copy another file of scenarios/ over this one to deploy that scenario.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'countersign')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param tags = {
  scenario: 'standard'
}
param compute = {
  durableBackend: 'azureManaged'
  schedulerSku: 'Dedicated'
  schedulerCapacity: 1
  historyDays: 30
  instanceMemoryMB: 2048
  maximumInstances: 100
  alwaysReadyHttp: 1
  alwaysReadyDurable: 1
  httpConcurrency: 16
  zoneRedundant: false
  codeActions: true
}
param data = {
  cosmosServerless: false
  cosmosMaxThroughput: 4000
  cosmosBackupTier: 'Continuous30Days'
  storageSku: 'Standard_ZRS'
  deletedBlobDays: 14
  evidenceDays: 2555
  lockEvidence: false
  lockResources: true
  vaultSku: 'standard'
  searchEnabled: true
  searchSku: 'basic'
  searchReplicas: 1
}
param network = {
  private: false
  addressPrefix: '10.40.0.0/24'
  natGatewayId: readEnvironmentVariable('COUNTERSIGN_NAT_GATEWAY_ID', '')
  publicIngress: true
  openDeployment: true
}
param operations = {
  alertEmail: readEnvironmentVariable('COUNTERSIGN_ALERT_EMAIL', '')
  logDays: 90
  logDailyCapGB: 10
  budgetAmount: 1000
  budgetStart: readEnvironmentVariable('COUNTERSIGN_BUDGET_START', '')
}
param access = {
  audience: readEnvironmentVariable('COUNTERSIGN_AUDIENCE', '')
  tenantIds: readEnvironmentVariable('COUNTERSIGN_TENANTS', '')
  publicUrl: readEnvironmentVariable('COUNTERSIGN_PUBLIC_URL', '')
  mailSender: readEnvironmentVariable('COUNTERSIGN_MAIL_SENDER', '')
}
