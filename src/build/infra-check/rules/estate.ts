/**
 * What must be true of all templates together: every setting that the app requires is set, every scenario sets every
 * parameter, run keys are kept without copies and evidence with immutability, Cosmos has its append-only containers.
 */
import type { Finding } from '../finding.ts';
import { literalAt } from '../project.ts';
import type { Project } from '../project.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, walkAll } from '../syntax/walk.ts';

const top = { line: 1, column: 1 };

export function checkEstate(project: Project, required: readonly string[]): Finding[] {
  const found: Finding[] = [];
  const add = (path: string, at: typeof top, code: string, message: string): void =>
    void found.push({ path, at, code, message });
  settings(project, required, add);
  storage(project, add);
  containers(project, add);
  alerts(project, add);
  options(project, add);
  environment(project, add);
  for (const needed of [
    'scenarios/minimal.bicepparam',
    'scenarios/standard.bicepparam',
    'scenarios/private.bicepparam',
    'main.bicep',
    'entra/main.bicep',
  ])
    if (!project.source(needed)) add(needed, top, 'infra-scenario', 'this file must exist');
  const reached = reachable(project);
  for (const source of project.sources)
    if (!source.parameters && !reached.has(source.path))
      add(source.path, top, 'infra-unused-module', 'no template uses this module');
  return found;
}

/** Read by azd, by the hook and by the verification. */
const outputs: readonly (readonly [string, string])[] = [
  ['main.bicep', 'AZURE_RESOURCE_GROUP'],
  ['main.bicep', 'COUNTERSIGN_APP_NAME'],
  ['main.bicep', 'COUNTERSIGN_URL'],
  ['main.bicep', 'COUNTERSIGN_APP_PRINCIPAL_ID'],
  ['entra/main.bicep', 'COUNTERSIGN_AUDIENCE'],
];
/** With the Azure Storage backend: what overrides host.json. */
const backend = [
  'type',
  'connectionName',
  'maxQueuePollingInterval',
  'controlQueueVisibilityTimeout',
  'workItemQueueVisibilityTimeout',
].map((name) => `AzureFunctionsJobHost__extensions__durableTask__storageProvider__${name}`);

/** Variables of the environment that parameter files read; each is explained in the guide. */
const variables = new Set([
  'AZURE_ENV_NAME',
  'AZURE_LOCATION',
  'COUNTERSIGN_ALERT_EMAIL',
  'COUNTERSIGN_APP_PRINCIPAL_ID',
  'COUNTERSIGN_AUDIENCE',
  'COUNTERSIGN_BUDGET_START',
  'COUNTERSIGN_MAIL_SENDER',
  'COUNTERSIGN_NAT_GATEWAY_ID',
  'COUNTERSIGN_PUBLIC_URL',
  'COUNTERSIGN_TENANTS',
]);

function environment(project: Project, add: Add): void {
  const guide = project.read('../docs/operations.md');
  for (const source of project.sources)
    walkAll(source.declarations, (expr) => {
      if (expr.node !== 'call' || expr.callee.node !== 'name' || expr.callee.name !== 'readEnvironmentVariable') return;
      const [name, fallback] = expr.args;
      const read = literalOf(name ?? null) ?? '';
      if (!variables.has(read)) add(source.path, expr.at, 'infra-environment', `nobody sets ${read}`);
      else if (guide !== null && !guide.includes(read))
        add(source.path, expr.at, 'infra-environment', `docs/operations.md does not explain ${read}`);
      if (!fallback)
        add(source.path, expr.at, 'BCP338', `${read} needs a fallback, or the file does not build without it`);
    });
}

/** An option that no template reads is one that somebody sets in vain. */
function options(project: Project, add: Add): void {
  const read = new Set<string>();
  for (const source of project.sources)
    walkAll(source.declarations, (expr) => void (expr.node === 'member' && read.add(expr.name)));
  for (const one of project.source('modules/types.bicep')?.declarations ?? []) {
    if (one.kind !== 'type' || one.type.type !== 'object') continue;
    for (const member of one.type.members)
      if (!read.has(member.name))
        add(
          'modules/types.bicep',
          member.of.at,
          'infra-unused-option',
          `no template reads "${member.name}" of ${one.name}`,
        );
  }
  for (const [path, name] of outputs)
    if (!project.source(path)?.declarations.some((one) => one.kind === 'output' && one.name === name))
      add(path, top, 'infra-output', `the output ${name} is read by the deployment`);
}

type Add = (path: string, at: typeof top, code: string, message: string) => void;

/** Names that app.bicep gives to the app, each with where it stands. */
export function settingsIn(source: Source): Map<string, Expr> {
  const given = new Map<string, Expr>();
  walkAll(source.declarations, (expr) => {
    if (expr.node !== 'object') return;
    for (const prop of expr.props)
      if (prop.key !== null && /^[A-Z][A-Za-z0-9]*_/.test(prop.key)) given.set(prop.key, prop.value);
  });
  return given;
}

function settings(project: Project, required: readonly string[], add: Add): void {
  const app = project.source('modules/app.bicep');
  if (!app) return add('modules/app.bicep', top, 'infra-setting', 'the module that sets the settings must exist');
  const given = settingsIn(app);
  for (const name of [...required, ...backend, ...namedByHost(project)]) {
    const value = given.get(name);
    if (!value) add(app.path, top, 'infra-setting', `the app requires the setting ${name}, which is not set`);
    else if (value.node === 'string' && value.parts.length === 0)
      add(app.path, value.at, 'infra-setting', `the setting ${name} is empty`);
  }
  for (const source of project.sources)
    for (const [name, value] of settingsIn(source))
      if (/^(APPLICATIONINSIGHTS_|APPINSIGHTS_|OTEL_EXPORTER_)/.test(name))
        add(source.path, value.at, 'infra-setting', `with ${name} the host sends the paths of approval links`);
}

/** Settings that host.json refers to: `%NAME%`, and the connection of the Durable backend. */
function namedByHost(project: Project): string[] {
  const text = project.read('../host.json') ?? '';
  const percent = [...text.matchAll(/%(\w+)%/g)].map((match) => match[1] ?? '');
  const connection = [...text.matchAll(/"connectionStringName":\s*"(\w+)"/g)].map((match) => match[1] ?? '');
  return [...percent, ...connection];
}

function modulesIn(project: Project, path: string): (Declaration & { kind: 'module' })[] {
  return (project.source(path)?.declarations ?? []).filter(
    (one): one is Declaration & { kind: 'module' } => one.kind === 'module',
  );
}

function storage(project: Project, add: Add): void {
  const path = 'modules/storage.bicep';
  for (const one of modulesIn(project, path)) {
    const params = find(bodyOf(one.value), 'params');
    const days = find(params, 'deletedBlobDays');
    const immutable = find(params, 'immutableDays');
    if (one.name === 'runKeyStorage' && days && !(days.node === 'number' && days.value === 0))
      add(path, days.at, 'infra-run-keys', 'a destroyed run key must stay destroyed: no versions, no deleted blobs');
    if (one.name === 'runKeyStorage' && immutable)
      add(path, immutable.at, 'infra-run-keys', 'a run key must be deletable');
    if (one.name === 'evidenceStorage' && !immutable)
      add(path, one.at, 'infra-evidence', 'evidence needs immutableDays');
  }
  for (const needed of ['hostStorage', 'artifactStorage', 'runKeyStorage', 'evidenceStorage'])
    if (!modulesIn(project, path).some((one) => one.name === needed))
      add(path, top, 'infra-storage', `${needed} must be an account of its own`);
  const seen = new Set<string>();
  for (const one of project.source('modules/vaults.bicep')?.declarations ?? [])
    if (one.kind === 'module') seen.add(literalAt(one, 'name') ?? one.name);
  if (!seen.has('vault-keys') || !seen.has('vault-connectors'))
    add('modules/vaults.bicep', top, 'infra-vaults', 'keys and connector credentials lie in two vaults');
}

function rows(project: Project, path: string): Record<string, unknown>[] {
  const content = project.read(path);
  return content === null ? [] : (JSON.parse(content) as Record<string, unknown>[]);
}

function containers(project: Project, add: Add): void {
  const path = 'content/cosmos-containers.json';
  const append = new Set(
    rows(project, path)
      .filter((row) => row['appendOnly'] === true)
      .map((row) => row['name']),
  );
  for (const needed of ['tenant-log', 'checkpoints'])
    if (!append.has(needed)) add(path, top, 'infra-append-only', `the container ${needed} must be append-only`);
}

function alerts(project: Project, add: Add): void {
  const path = 'content/alerts.json';
  const guide = project.read('../docs/operations.md');
  for (const row of rows(project, path)) {
    const name = String(row['name']);
    const runbook = String(row['runbook'] ?? '');
    if (!runbook.includes(`docs/operations.md#${name}`))
      add(path, top, 'infra-runbook', `the alert ${name} names no line of the runbook`);
    if (guide !== null && !guide.includes(`\`${name}\``))
      add(path, top, 'infra-runbook', `docs/operations.md has nothing about the alert ${name}`);
    if (typeof row['query'] !== 'string' || !/\|/.test(row['query']))
      add(path, top, 'infra-runbook', `the alert ${name} has no query`);
  }
}

function reachable(project: Project): Set<string> {
  const reached = new Set<string>();
  const visit = (source: Source | null): void => {
    if (!source || reached.has(source.path)) return;
    reached.add(source.path);
    for (const one of source.declarations)
      if (one.kind === 'module') visit(project.source(project.near(source, one.path)));
    for (const one of source.imports) visit(project.source(project.near(source, one.from)));
  };
  for (const root of ['main.bicep', 'entra/main.bicep']) visit(project.source(root));
  return reached;
}
