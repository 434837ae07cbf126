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
  @description('Who keeps the lanes: the Durable Task Scheduler, or Azure Storage. Never changed on a living environment.')
  durableBackend: 'azureManaged' | 'azureStorage'
  @description('Consumption: pay per action, at most 500 a second. Dedicated: by capacity unit.')
  schedulerSku: 'Consumption' | 'Dedicated'
  @description('Capacity units of a dedicated scheduler; 3 make it highly available.')
  schedulerCapacity: int
  @description('Days for which the scheduler keeps the history of ended lanes: at most 30, dedicated 90.')
  historyDays: int
  @description('Memory of one instance.')
  instanceMemoryMB: 512 | 2048 | 4096
  @description('Most instances of each app.')
  maximumInstances: int
  @description('Warm instances for requests; at least 2 with zones.')
  alwaysReadyHttp: int
  @description('Warm instances for lanes; at least 2 with zones.')
  alwaysReadyDurable: int
  @description('Requests that one instance serves at once.')
  httpConcurrency: int
  @description('Spreads apps and database over availability zones, where the region has them.')
  zoneRedundant: bool
  @description('Deploys the app for code of customers, which has no role anywhere.')
  codeActions: bool
}

@export()
@description('How data is kept, for how long, and how redundantly.')
type dataOptions = {
  @description('Pay per request instead of autoscale; fixed at creation.')
  cosmosServerless: bool
  @description('Upper end of autoscale, in request units a second, from 1000 in steps of 1000.')
  cosmosMaxThroughput: int
  @description('How far back the database can be restored; ciphertext only.')
  cosmosBackupTier: 'Continuous7Days' | 'Continuous30Days'
  @description('Redundancy of every storage account; never a copy in another region.')
  storageSku: 'Standard_LRS' | 'Standard_ZRS'
  @description('Days for which deleted artifacts can be restored; run keys never can.')
  deletedBlobDays: int
  @description('Days for which evidence cannot be changed; fixed at creation.')
  evidenceDays: int
  @description('Makes those days final: nobody can shorten them, not even the owner.')
  lockEvidence: bool
  @description('Forbids deletion of what holds records.')
  lockResources: bool
  @description('premium keeps keys in hardware.')
  vaultSku: 'standard' | 'premium'
  @description('Deploys the search service for documents.')
  searchEnabled: bool
  @description('Tier of the search service.')
  searchSku: 'basic' | 'standard'
  @description('Copies of the index; 2 for reading without pause, 3 for writing too.')
  searchReplicas: int
}

@export()
@description('Who may reach the resources over which network.')
type networkOptions = {
  @description('Data resources have private endpoints only.')
  private: bool
  @description('Address space of the network, a /24 or larger.')
  addressPrefix: string
  @description('NAT gateway for fixed outgoing addresses; empty for none.')
  natGatewayId: string
  @description('Whether the app itself has a public address.')
  publicIngress: bool
  @description('Whether packages can be deployed from outside the network.')
  openDeployment: bool
}

@export()
@description('What is watched, who is told, and what it may cost.')
type operationsOptions = {
  @description('Who gets alerts and budget notices; empty for nobody.')
  alertEmail: string
  @description('Days for which logs are kept, 30 to 730.')
  logDays: int
  @description('Most that is logged in a day; alerts are blind after it.')
  logDailyCapGB: int
  @description('Budget of a month in the currency of the subscription; 0 for none.')
  budgetAmount: int
  @description('First day of the month of the first deployment; it can never be moved. Empty: no budget.')
  budgetStart: string
}

@export()
@description('How callers prove who they are, and how the app reaches people: the API registration, the tenants whose tokens are accepted, the mailbox of notices.')
type accessOptions = {
  @description('Client id of the API registration.')
  @minLength(1)
  audience: string
  @description('Tenants whose people may sign in, separated by commas; empty for that of the subscription.')
  tenantIds: string
  @description('Address in links, for a domain of your own; empty for that of the app.')
  publicUrl: string
  @description('Mailbox that notices come from; empty for no mail.')
  mailSender: string
}
