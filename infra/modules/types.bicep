metadata description = 'Shapes that several modules share: the names of one deployment and the option groups of a scenario.'

@export()
@description('The name of every resource of one deployment; main.bicep is the only place that makes them up.')
type resourceNames = {
  workspace: string
  insights: string
  actionGroup: string
  network: string
  scheduler: string
  taskHub: string
  cosmos: string
  cosmosDatabase: string
  hostStorage: string
  codeStorage: string
  artifactStorage: string
  runKeyStorage: string
  evidenceStorage: string
  keyVault: string
  connectorVault: string
  search: string
  app: string
  codeApp: string
}

@export()
@description('The name of each user-assigned identity, by what it may do.')
type identityNames = {
  app: string
  keys: string
  connectors: string
  signer: string
  code: string
}

@export()
@description('The principal id of each identity.')
type identityPrincipals = {
  app: string
  keys: string
  connectors: string
  signer: string
  code: string
}

@export()
@description('How the function apps run and which Durable backend carries them.')
type computeOptions = {
  durableBackend: 'azureManaged' | 'azureStorage'
  schedulerSku: 'Consumption' | 'Dedicated'
  schedulerCapacity: int
  historyDays: int
  instanceMemoryMB: 512 | 2048 | 4096
  maximumInstances: int
  alwaysReadyHttp: int
  alwaysReadyDurable: int
  httpConcurrency: int
  zoneRedundant: bool
  codeActions: bool
}

@export()
@description('How data is kept, for how long, and how redundantly.')
type dataOptions = {
  cosmosServerless: bool
  cosmosMaxThroughput: int
  cosmosBackupTier: 'Continuous7Days' | 'Continuous30Days'
  storageSku: 'Standard_LRS' | 'Standard_ZRS'
  deletedBlobDays: int
  evidenceDays: int
  lockEvidence: bool
  lockResources: bool
  vaultSku: 'standard' | 'premium'
  searchEnabled: bool
  searchSku: 'basic' | 'standard'
  searchReplicas: int
}

@export()
@description('Who may reach the resources over which network.')
type networkOptions = {
  private: bool
  addressPrefix: string
  natGatewayId: string
  publicIngress: bool
  openDeployment: bool
}

@export()
@description('What is watched, who is told, and what it may cost.')
type operationsOptions = {
  alertEmail: string
  logDays: int
  logDailyCapGB: int
  budgetAmount: int
  budgetStart: string
}

@export()
@description('How callers prove who they are, and how the app reaches people: the API registration, the tenants whose tokens are accepted, the mailbox of notices.')
type accessOptions = {
  @minLength(1)
  audience: string
  tenantIds: string
  publicUrl: string
  mailSender: string
}
