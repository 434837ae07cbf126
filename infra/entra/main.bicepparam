using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'countersign')
param appPrincipalId = readEnvironmentVariable('COUNTERSIGN_APP_PRINCIPAL_ID', '')
param redirectUris = []
