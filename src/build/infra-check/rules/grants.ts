/**
 * Who may do what, as a table: every grant of the templates must be in it, so that an identity cannot gain a right by an
 * edit that looks harmless. The name of an assignment must tell the same identity and role as its properties.
 */
import type { Report } from '../finding.ts';
import type { Declaration, Expr, Source } from '../syntax/ast.ts';
import { bodyOf, find, literalOf, walk, walkAll } from '../syntax/walk.ts';

/** Storage account → identity → roles. */
const storage: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  hostStorage: { app: ['Storage Blob Data Owner', 'Storage Queue Data Contributor', 'Storage Table Data Contributor'] },
  codeStorage: { code: ['Storage Blob Data Owner'] },
  artifactStorage: { app: ['Storage Blob Data Contributor'] },
  runKeyStorage: { keys: ['Storage Blob Data Contributor'] },
  evidenceStorage: { signer: ['Storage Blob Data Contributor'], app: ['Storage Blob Data Reader'] },
};

/** Role assignment (by symbol) → identity. */
const assignments: Readonly<Record<string, string>> = {
  publisher: 'app',
  worker: 'app',
  connectorReader: 'connectors',
  wrapperAssignment: 'keys',
  signerAssignment: 'signer',
  metadataAssignment: 'app',
  containerAssignments: 'app',
};

export function checkGrants(source: Source, report: Report): void {
  if (source.path === 'modules/storage.bicep') storageGrants(source, report);
  for (const declaration of source.declarations) {
    if (declaration.kind !== 'resource' || !/roleAssignments@/i.test(declaration.resourceType)) continue;
    assignment(declaration, report);
  }
}

function storageGrants(source: Source, report: Report): void {
  const variables = new Map(
    source.declarations.flatMap((one): [string, Expr][] => (one.kind === 'var' ? [[one.name, one.value]] : [])),
  );
  for (const one of source.declarations) {
    if (one.kind !== 'module') continue;
    const grants = find(bodyOf(one.value), 'params', 'grants');
    if (!grants) continue;
    const given = new Set<string>();
    const visit = (expr: Expr): void =>
      walk(expr, (inner) => {
        if (inner.node === 'name') {
          const variable = variables.get(inner.name);
          if (variable) visit(variable);
        }
        const identity = inner.node === 'object' ? literalOf(find(inner, 'identity')) : null;
        const role = inner.node === 'object' ? literalOf(find(inner, 'role')) : null;
        if (identity !== null) given.add(`${identity}: ${role}`);
        if (identity !== null && !storage[one.name]?.[identity]?.includes(role ?? ''))
          report(inner.at, 'infra-grant', `"${identity}" may not be "${role}" on ${one.name}; see rules/grants.ts`);
      });
    visit(grants);
    for (const [identity, roles] of Object.entries(storage[one.name] ?? {}))
      for (const role of roles)
        if (!given.has(`${identity}: ${role}`))
          report(grants.at, 'infra-grant', `"${identity}" needs "${role}" on ${one.name}`);
  }
}

function assignment(declaration: Declaration & { kind: 'resource' }, report: Report): void {
  const body = bodyOf(declaration.value);
  const name = find(body, 'name');
  const properties = find(body, 'properties');
  const principal = find(properties, 'principalId');
  const identity = principal?.node === 'member' ? principal.name : null;
  const expected = assignments[declaration.name];
  if (expected === undefined && declaration.name !== 'assignments')
    report(declaration.at, 'infra-grant', `"${declaration.name}" is not in the table of rules/grants.ts`);
  if (expected !== undefined && identity !== expected)
    report(
      principal?.at ?? declaration.at,
      'infra-grant',
      `"${declaration.name}" is for the identity "${expected}", not "${identity}"`,
    );
  if (name?.node !== 'call' || identity === null) return;
  const told = name.args.map(literalOf).filter((text) => text !== null);
  if (told.length > 0 && !told.includes(identity))
    report(name.at, 'infra-role-name', `the name tells "${told.join(', ')}", the properties "${identity}"`);
  const roleOf = (expr: Expr | null): string[] => {
    const found: string[] = [];
    if (expr)
      walkAll([{ ...declaration, value: expr }], (inner) =>
        inner.node === 'index' && inner.of.node === 'name' && inner.of.name === 'roleIds'
          ? found.push(literalOf(inner.index) ?? '*')
          : undefined,
      );
    return found;
  };
  const [inName] = roleOf(name);
  const [inProperties] = roleOf(find(properties, 'roleDefinitionId'));
  if (inName !== inProperties)
    report(
      name.at,
      'infra-role-name',
      `the name tells the role "${inName ?? 'none'}", the properties "${inProperties ?? 'none'}"`,
    );
}
