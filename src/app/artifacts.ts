/** Artifacts: bytes attached to a run, sealed under its key, gone with it. Every reading is written to the tenant's chain. */
import type { Deps } from '../ports/deps.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { ArtifactDocument } from '../domain/run/documents.ts';
import { commitRun } from './commit-run.ts';

export interface ArtifactView {
  readonly id: string;
  readonly run: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly createdAt: string;
  readonly createdBy: string;
}

export async function putArtifact(
  deps: Deps,
  scope: RunScope,
  by: PrincipalId,
  file: { readonly name: string; readonly contentType: string; readonly bytes: Uint8Array },
): Promise<ArtifactView | null> {
  const id = `artifact~${deps.ids.next()}`;
  const document: ArtifactDocument = {
    kind: 'artifact',
    id,
    name: await deps.vault.seal(place(scope, id, 'name'), file.name),
    contentType: file.contentType,
    bytes: file.bytes.byteLength,
    createdAt: deps.clock.now(),
    createdBy: by,
    content: await deps.vault.seal(place(scope, id, 'content'), Buffer.from(file.bytes).toString('base64')),
  };
  const committed = await commitRun(deps, scope, () => ({
    event: { type: 'POST', entries: [] },
    by,
    put: [document],
    facts: { artifact: id },
  }));
  return committed.ok ? view(scope, document, file.name) : null;
}

export async function listArtifacts(deps: Deps, scope: RunScope): Promise<readonly ArtifactView[]> {
  const documents = await deps.runs.listDocuments(scope, 'artifact');
  return Promise.all(
    documents.map(async (document) =>
      view(scope, document, (await deps.vault.open(place(scope, document.id, 'name'), document.name)) as string),
    ),
  );
}

export async function readArtifact(
  deps: Deps,
  scope: RunScope,
  by: PrincipalId,
  artifact: string,
  reason: string,
): Promise<{ readonly contentType: string; readonly bytes: Uint8Array } | null> {
  const document = await deps.runs.readDocument(scope, 'artifact', `artifact~${artifact}`);
  if (document === null) return null;
  const content = (await deps.vault.open(place(scope, document.id, 'content'), document.content, 'reveal')) as string;
  await deps.tenantLog.append(scope.tenant, {
    at: deps.clock.now(),
    by,
    type: 'artifact.read',
    facts: {
      run: scope.run,
      artifact: document.id,
      why: await deps.vault.seal(place(scope, document.id, 'why'), { reason }),
    },
  });
  return { contentType: document.contentType, bytes: Buffer.from(content, 'base64') };
}

function place(scope: RunScope, id: string, field: string) {
  return { tenant: scope.tenant, kind: 'run', id: scope.run, path: id, field, attempt: 0 } as const;
}

function view(scope: RunScope, document: ArtifactDocument, name: string): ArtifactView {
  const { contentType, bytes, createdAt, createdBy } = document;
  return {
    id: `${scope.run}~${document.id.slice('artifact~'.length)}`,
    run: scope.run,
    name,
    contentType,
    bytes,
    createdAt,
    createdBy,
  };
}
