/**
 * Facts of this product that no type can tell: what must exist at all, which defaults are closed, how run keys, evidence and
 * the logs are kept, what the scenarios promise, what the registration demands of tokens.
 */
import type { Finding } from '../finding.ts';
import type { Project } from '../project.ts';
import type { Declaration, Expr } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, namesIn, walk, walkAll } from '../syntax/walk.ts';

/** What must be there before: file, symbol, what it waits for. Nothing in the text of the waiting one mentions it. */
const waits: readonly (readonly [string, string, string])[] = [
  ['main.bicep', 'apps', 'records'],
  ['modules/apps.bicep', 'privateNetwork', 'scheduler'],
  ['modules/apps.bicep', 'app', 'privateNetwork'],
  ['modules/apps.bicep', 'codeActions', 'privateNetwork'],
  ['modules/apps.bicep', 'appEndpoint', 'app'],
  ['modules/apps.bicep', 'codeEndpoint', 'codeActions'],
  ['modules/private-network.bicep', 'endpoints', 'virtualNetwork'],
  ['modules/private-network.bicep', 'endpoints', 'privateDns'],
  ['modules/private-network.bicep', 'privateDns', 'virtualNetwork'],
  ['modules/records.bicep', 'cosmosAccess', 'cosmos'],
  // Cosmos DB refuses a second change of roles while one is going on.
  ['modules/cosmos-access.bicep', 'recordRole', 'metadataRole'],
  ['modules/cosmos-access.bicep', 'appendRole', 'recordRole'],
  ['modules/cosmos-access.bicep', 'metadataAssignment', 'appendRole'],
  ['modules/cosmos-access.bicep', 'containerAssignments', 'metadataAssignment'],
  ['modules/vaults.bicep', 'keys', 'keyVault'],
  ['modules/vaults.bicep', 'connectorReader', 'connectorVault'],
];
const endpoints = [
  'host-blob',
  'host-queue',
  'host-table',
  'code-blob',
  'artifacts',
  'run-keys',
  'evidence',
  'cosmos',
  'keys',
  'connectors',
  'search',
  'scheduler',
];

type Add = (path: string, at: { line: number; column: number }, code: string, message: string) => void;
const top = { line: 1, column: 1 };

const needed = [
  'Microsoft.Resources/resourceGroups',
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  'Microsoft.Web/sites',
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
  'Microsoft.DurableTask/schedulers/taskHubs',
  'Microsoft.DurableTask/schedulers/retentionPolicies',
  'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments',
  'Microsoft.Storage/storageAccounts/blobServices',
  'Microsoft.KeyVault/vaults/keys',
  'Microsoft.Search/searchServices',
  'Microsoft.Insights/components',
  'Microsoft.Insights/scheduledQueryRules',
  'Microsoft.Insights/actionGroups',
  'Microsoft.Insights/workbooks',
  'Microsoft.Consumption/budgets',
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
];
const logged = ['key-vault', 'cosmos', 'storage-account', 'search', 'function-app'];
const roles = ['author', 'publisher', 'starter', 'operator', 'approver', 'governor', 'auditor', 'admin'];

export function checkKept(project: Project): Finding[] {
  const found: Finding[] = [];
  const add: Add = (path, at, code, message) => void found.push({ path, at, code, message });
  const types = new Set(
    project.sources.flatMap((source) =>
      source.declarations.flatMap((one) =>
        one.kind === 'resource' && !one.existing ? [one.resourceType.split('@')[0]] : [],
      ),
    ),
  );
  for (const type of needed) if (!types.has(type)) add('main.bicep', top, 'infra-missing', `nothing deploys ${type}`);
  for (const name of logged) {
    const source = project.source(`modules/${name}.bicep`);
    const has = source?.declarations.some(
      (one) => one.kind === 'resource' && one.resourceType.startsWith('Microsoft.Insights/diagnosticSettings@'),
    );
    if (!has) add(`modules/${name}.bicep`, top, 'infra-missing', 'this module needs a diagnostic setting');
  }
  blobs(project, add);
  logs(project, add);
  hosting(project, add);
  registration(project, add);
  scenarios(project, add);
  order(project, add);
  return found;
}

function declaredIn(
  project: Project,
  path: string,
  test: (one: Declaration & { kind: 'resource' }) => boolean,
): (Declaration & { kind: 'resource' })[] {
  return (project.source(path)?.declarations ?? []).filter(
    (one): one is Declaration & { kind: 'resource' } => one.kind === 'resource' && test(one),
  );
}

/** Deleted blobs are kept only where the caller asked for days of it; versions, which have no end, only for evidence. */
function blobs(project: Project, add: Add): void {
  const path = 'modules/storage-account.bicep';
  for (const one of declaredIn(project, path, (resource) => resource.resourceType.includes('/blobServices@'))) {
    const properties = find(bodyOf(one.value), 'properties');
    const versions = find(properties, 'isVersioningEnabled');
    if (versions?.node !== 'name' || versions.name !== 'isImmutable')
      add(path, versions?.at ?? one.at, 'infra-run-keys', 'only immutable blobs have versions: they outlive all days');
    for (const name of ['deleteRetentionPolicy', 'containerDeleteRetentionPolicy']) {
      const value = find(properties, name);
      const on = value?.node === 'ternary' ? find(value.yes, 'enabled') : null;
      const off = value?.node === 'ternary' ? find(value.no, 'enabled') : null;
      const swapped =
        value?.node === 'ternary' && !(on?.node === 'bool' && on.value && off?.node === 'bool' && !off.value);
      if (!value || swapped || !namesIn(value).has('keepsDeleted'))
        add(
          path,
          value?.at ?? one.at,
          'infra-run-keys',
          `"${name}" follows deletedBlobDays, so that run keys have no copies`,
        );
    }
    for (const name of ['changeFeed', 'restorePolicy', 'automaticSnapshotPolicyEnabled']) {
      const value = find(properties, name);
      if (value) add(path, value.at, 'infra-run-keys', `"${name}" keeps copies of destroyed run keys`);
    }
  }
  for (const one of declaredIn(project, path, (resource) =>
    resource.resourceType.startsWith('Microsoft.Storage/storageAccounts@'),
  )) {
    const policy = find(bodyOf(one.value), 'properties', 'immutableStorageWithVersioning');
    if (!policy || !namesIn(policy).has('immutableDays'))
      add(path, policy?.at ?? one.at, 'infra-evidence', 'evidence is immutable for immutableDays');
  }
}

function logs(project: Project, add: Add): void {
  const path = 'modules/cosmos-access.bicep';
  const source = project.source(path);
  if (!source) return;
  let right = false;
  walkAll(source.declarations, (expr) => {
    if (expr.node === 'ternary' && expr.test.node === 'member' && expr.test.name === 'appendOnly')
      right = namesIn(expr.yes).has('appendRole') && !namesIn(expr.no).has('appendRole');
  });
  if (!right)
    add(path, top, 'infra-append-only', 'append-only containers get the append role, the others the record role');
}

function hosting(project: Project, add: Add): void {
  const path = 'modules/function-app.bicep';
  const [plan] = declaredIn(project, path, (one) => one.resourceType.startsWith('Microsoft.Web/serverfarms@'));
  const [site] = declaredIn(project, path, (one) => one.resourceType.startsWith('Microsoft.Web/sites@'));
  const expect = (declaration: Declaration | undefined, value: Expr | null, wanted: string): void => {
    if (literalOf(value) !== wanted)
      add(path, value?.at ?? declaration?.at ?? top, 'infra-hosting', `expected '${wanted}' here`);
  };
  const planBody = plan ? bodyOf(plan.value) : null;
  const siteBody = site ? bodyOf(site.value) : null;
  expect(plan, find(planBody, 'sku', 'name'), 'FC1');
  expect(plan, find(planBody, 'sku', 'tier'), 'FlexConsumption');
  expect(site, find(siteBody, 'kind'), 'functionapp,linux');
  expect(site, find(siteBody, 'properties', 'functionAppConfig', 'runtime', 'name'), 'node');
  expect(site, find(siteBody, 'properties', 'functionAppConfig', 'runtime', 'version'), '22');
}

function registration(project: Project, add: Add): void {
  const path = 'entra/main.bicep';
  const [api] = declaredIn(project, path, (one) => one.resourceType.startsWith('Microsoft.Graph/applications@'));
  const version = api ? find(bodyOf(api.value), 'api', 'requestedAccessTokenVersion') : null;
  if (version?.node !== 'number' || version.value !== 2)
    add(path, version?.at ?? top, 'infra-tokens', 'tokens are of version 2; unset means version 1 and another issuer');
  const audience = api ? find(bodyOf(api.value), 'signInAudience') : null;
  if (literalOf(audience) !== 'AzureADMyOrg')
    add(path, audience?.at ?? top, 'infra-tokens', 'the registration is for its own tenant only');
  const principals = declaredIn(
    project,
    path,
    (one) => one.resourceType.startsWith('Microsoft.Graph/servicePrincipals@') && !one.existing,
  );
  const required = principals.map((one) => find(bodyOf(one.value), 'appRoleAssignmentRequired'));
  if (!required.some((value) => value?.node === 'bool' && value.value))
    add(path, top, 'infra-tokens', 'only those with a role get a token: appRoleAssignmentRequired');
  const table = project.read('entra/roles.json');
  const given = table === null ? [] : (JSON.parse(table) as { value: string; members: string[] }[]);
  if (
    given
      .map((role) => role.value)
      .toSorted()
      .join() !== roles.toSorted().join()
  )
    add('entra/roles.json', top, 'infra-tokens', `the roles are ${roles.join(', ')}`);
  if (given.find((role) => role.value === 'approver')?.members.join() !== 'User')
    add('entra/roles.json', top, 'infra-tokens', 'an application never approves');
}

function scenarios(project: Project, add: Add): void {
  const values = (path: string, group: string): Expr | null => {
    const one = project.source(path)?.declarations.find((declaration) => declaration.name === group);
    return one?.kind === 'var' ? one.value : null;
  };
  const demand = (path: string, group: string, name: string, wanted: boolean): void => {
    const value = find(values(path, group), name);
    if (value?.node !== 'bool' || value.value !== wanted)
      add(path, value?.at ?? top, 'infra-scenario', `"${name}" is ${wanted} in this scenario`);
  };
  const path = 'scenarios/private.bicepparam';
  demand(path, 'network', 'private', true);
  demand(path, 'network', 'openDeployment', false);
  demand(path, 'data', 'lockEvidence', true);
  for (const one of [path, 'scenarios/standard.bicepparam']) demand(one, 'data', 'lockResources', true);
  demand('scenarios/minimal.bicepparam', 'data', 'lockResources', false);
  const body = (file: string): string =>
    (project.source(file)?.text ?? '').replace(/^\/\/.*\n/gm, '').replace(/^using .*\n/m, '');
  if (body('main.bicepparam') !== body('scenarios/standard.bicepparam'))
    add('main.bicepparam', top, 'infra-scenario', 'what azd deploys is the standard scenario');
}

function order(project: Project, add: Add): void {
  for (const [path, symbol, before] of waits) {
    const one = project.source(path)?.declarations.find((declaration) => declaration.name === symbol);
    const list = one?.kind === 'module' || one?.kind === 'resource' ? find(bodyOf(one.value), 'dependsOn') : null;
    if (!list || !namesIn(list).has(before))
      add(path, one?.at ?? top, 'infra-order-of-deployment', `"${symbol}" waits for "${before}"`);
  }
  const access = 'modules/cosmos-access.bicep';
  const loop = project.source(access)?.declarations.find((one) => one.name === 'containerAssignments');
  if (!loop?.decorators.some((one) => one.name === 'batchSize'))
    add(access, loop?.at ?? top, 'infra-order-of-deployment', '"containerAssignments" are made one after the other');
  const path = 'modules/private-network.bicep';
  const called = project.source(path)?.declarations.find((one) => one.name === 'endpoints');
  const subnet = called?.kind === 'module' ? find(bodyOf(called.value), 'params', 'subnetId') : null;
  const subnets = new Set<string | null>();
  if (subnet) walk(subnet, (expr) => void subnets.add(literalOf(expr)));
  if (!subnets.has('code-storage'))
    add(path, subnet?.at ?? top, 'infra-network', 'the storage of the code app has a subnet apart from the others');
  const keys = new Set<string>();
  walkAll(project.source(path)?.declarations ?? [], (expr) => {
    const key = expr.node === 'object' && find(expr, 'zone') ? literalOf(find(expr, 'key')) : null;
    if (key === null) return;
    keys.add(key);
    const enabled = find(expr, 'enabled');
    if (enabled?.node === 'bool' && !enabled.value)
      add(path, enabled.at, 'infra-network', `the private endpoint "${key}" is always off`);
  });
  for (const key of endpoints)
    if (!keys.has(key)) add(path, top, 'infra-network', `there is no private endpoint "${key}"`);
}
