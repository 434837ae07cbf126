/**
 * The Microsoft Graph types that the registration uses, written from the published Bicep extension v1.0: only members
 * that we set or read. An unlisted member is reported, and belongs here once it has been looked up.
 */
import { any, anyArray, bool, text } from './type.ts';
import type { Member, Type } from './type.ts';

function shape(
  required: Record<string, Type>,
  optional: Record<string, Type>,
  readOnly: Record<string, Type> = {},
): Type {
  const entries = (members: Record<string, Type>, flags: Omit<Member, 'type'>): [string, Member][] =>
    Object.entries(members).map(([name, type]) => [name, { type, ...flags }]);
  const map = new Map([
    ...entries(required, { required: true, readOnly: false }),
    ...entries(optional, { required: false, readOnly: false }),
    ...entries(readOnly, { required: false, readOnly: true }),
  ]);
  return { kind: 'object', members: () => map, rest: null };
}

const list = (item: Type): Type => ({ kind: 'array', item });
const scope = shape(
  {
    id: text,
    type: text,
    value: text,
    isEnabled: bool,
    adminConsentDisplayName: text,
    adminConsentDescription: text,
    userConsentDisplayName: text,
    userConsentDescription: text,
  },
  {},
);
const role = shape(
  { id: text, value: text, displayName: text, description: text, isEnabled: bool, allowedMemberTypes: list(text) },
  {},
);
const claim = shape({}, { name: text, essential: bool, source: text, additionalProperties: list(text) });
const claims = shape({}, { accessToken: list(claim), idToken: list(claim), saml2Token: list(claim) });

export const graphTypes: ReadonlyMap<string, Type> = new Map([
  [
    'Microsoft.Graph/applications@v1.0',
    shape(
      { uniqueName: text, displayName: text },
      {
        signInAudience: {
          kind: 'string',
          values: [
            'AzureADMyOrg',
            'AzureADMultipleOrgs',
            'AzureADandPersonalMicrosoftAccount',
            'PersonalMicrosoftAccount',
          ],
        },
        identifierUris: list(text),
        groupMembershipClaims: {
          kind: 'string',
          values: ['None', 'SecurityGroup', 'ApplicationGroup', 'DirectoryRole', 'All'],
        },
        api: shape(
          {},
          {
            requestedAccessTokenVersion: { kind: 'int' },
            oauth2PermissionScopes: list(scope),
            preAuthorizedApplications: anyArray,
            knownClientApplications: list(text),
            acceptMappedClaims: bool,
          },
        ),
        appRoles: list(role),
        spa: shape({}, { redirectUris: list(text) }),
        optionalClaims: claims,
        requiredResourceAccess: anyArray,
        description: text,
        tags: list(text),
      },
      { id: text, appId: text },
    ),
  ],
  [
    'Microsoft.Graph/servicePrincipals@v1.0',
    shape(
      { appId: text },
      { appRoleAssignmentRequired: bool, accountEnabled: bool, tags: list(text), displayName: text },
      { id: text, appRoles: any },
    ),
  ],
  [
    'Microsoft.Graph/appRoleAssignedTo@v1.0',
    shape({ appRoleId: text, principalId: text, resourceId: text }, {}, { id: text }),
  ],
]);
