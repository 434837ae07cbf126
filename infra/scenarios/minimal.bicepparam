// To try it, or to develop against it: pay as you go, nothing kept warm, nothing locked, everything can be deleted again.
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'countersign')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param tags = {
  scenario: 'minimal'
}
param compute = {
  durableBackend: 'azureManaged'
  schedulerSku: 'Consumption'
  schedulerCapacity: 1
  historyDays: 14
  instanceMemoryMB: 2048
  maximumInstances: 40
  alwaysReadyHttp: 0
  alwaysReadyDurable: 0
  httpConcurrency: 16
  zoneRedundant: false
  codeActions: false
}
param data = {
  cosmosServerless: true
  cosmosMaxThroughput: 1000
  cosmosBackupTier: 'Continuous7Days'
  storageSku: 'Standard_LRS'
  deletedBlobDays: 7
  evidenceDays: 1
  lockEvidence: false
  lockResources: false
  vaultSku: 'standard'
  searchEnabled: false
  searchSku: 'basic'
  searchReplicas: 1
}
param network = {
  private: false
  addressPrefix: '10.40.0.0/24'
  natGatewayId: ''
  publicIngress: true
  openDeployment: true
}
param operations = {
  alertEmail: readEnvironmentVariable('COUNTERSIGN_ALERT_EMAIL', '')
  logDays: 30
  logDailyCapGB: 1
  budgetAmount: 50
  budgetStart: readEnvironmentVariable('COUNTERSIGN_BUDGET_START', '')
}
param access = {
  audience: readEnvironmentVariable('COUNTERSIGN_AUDIENCE', '')
  tenantIds: readEnvironmentVariable('COUNTERSIGN_TENANTS', '')
  publicUrl: readEnvironmentVariable('COUNTERSIGN_PUBLIC_URL', '')
  mailSender: readEnvironmentVariable('COUNTERSIGN_MAIL_SENDER', '')
}
