metadata description = 'The API registration in Entra, apart from the resources because it needs other rights: Graph application permissions.'

targetScope = 'subscription'

extension microsoftGraphV1

@description('Required. Name of the environment; part of the unique name of the registration.')
@minLength(3)
@maxLength(20)
param environmentName string

@description('Optional. Object id of the identity of the app; gives it leave to read people, group members and role assignments. Empty before the first deployment.')
param appPrincipalId string = ''

@description('Optional. Web addresses of the console that may sign people in.')
param redirectUris array = []

var roles = loadJsonContent('roles.json')
var graphAppId = '00000003-0000-0000-c000-000000000000'
// What the directory of approvers asks: who somebody is, who is in a group, who has a role of this registration.
var graphRoles = [
  'df021288-bdef-4463-88db-98f22de89214' // User.Read.All
  '98830695-27a2-44f7-8c18-0c3ebc9698f6' // GroupMember.Read.All
  '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30' // Application.Read.All
]
var accessScope = guid('countersign', environmentName, 'scope', 'access')
var uniqueName = 'countersign-${environmentName}'

resource api 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: 'Countersign (${environmentName})'
  signInAudience: 'AzureADMyOrg'
  identifierUris: ['api://${tenant().tenantId}/${uniqueName}']
  groupMembershipClaims: 'ApplicationGroup'
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: [
      {
        id: accessScope
        type: 'User'
        value: 'access'
        isEnabled: true
        adminConsentDisplayName: 'Use Countersign'
        adminConsentDescription: 'Lets an app call Countersign for the signed-in user, with that user\'s roles.'
        userConsentDisplayName: 'Use Countersign'
        userConsentDescription: 'Lets the app call Countersign with your roles.'
      }
    ]
  }
  appRoles: [
    for role in roles: {
      id: guid('countersign', environmentName, 'role', role.value)
      value: role.value
      displayName: role.displayName
      description: role.description
      isEnabled: true
      allowedMemberTypes: role.members
    }
  ]
  spa: {
    redirectUris: redirectUris
  }
  optionalClaims: {
    accessToken: [
      { name: 'idtyp', essential: false }
    ]
  }
}

// Only people and apps that were given a role get a token at all.
resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
  appRoleAssignmentRequired: true
}

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: graphAppId
}

resource readDirectory 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for role in graphRoles: if (!empty(appPrincipalId)) {
    appRoleId: role
    principalId: appPrincipalId
    resourceId: graph.id
  }
]

@description('Client id of the API: the audience of its tokens.')
output COUNTERSIGN_AUDIENCE string = api.appId

@description('Object id of the service principal, to which roles are assigned.')
output servicePrincipalId string = principal.id
