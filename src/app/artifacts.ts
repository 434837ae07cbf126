/** Artifacts: bytes attached to a run, sealed under its key, gone with it. Every reading is written to the tenant's chain. */
import { createHash } from 'node:crypto';
import type { Deps } from '../ports/deps.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { ArtifactDocument } from '../domain/run/documents.ts';
import { commitRun } from './commit-run.ts';
import { claimKey, keyFor, type Key } from './idempotency.ts';

export interface ArtifactView {
  readonly id: string;
  readonly run: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface ArtifactFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Null when there is no such run. Under an idempotency key there is one artifact, however often it is sent. */
export async function putArtifact(
  deps: Deps,
  scope: RunScope,
  by: PrincipalId,
  file: ArtifactFile,
  idempotencyKey: string | null,
): Promise<{ readonly artifact: ArtifactView; readonly replay: boolean } | null> {
  if ((await deps.runs.readHead(scope)) === null) return null;
  const key = idempotencyKey === null ? null : await keyOf(deps, scope, by, file, idempotencyKey);
  const own = deps.ids.next();
  const claimed = key === null ? { answer: own, first: true } : await claimKey(deps, key, own);
  const id = `artifact~${claimed.answer}`;
  const read = () => deps.runs.readDocument(scope, 'artifact', id);
  let standing = claimed.first ? null : await read();
  if (standing !== null) return { artifact: view(scope, standing, file.name), replay: true };
  const made = await sealArtifact(deps, scope, id, by, file);
  const committed = await commitRun(deps, scope, async () => {
    standing = key === null ? null : await read();
    return standing === null
      ? { event: { type: 'POST', entries: [] }, by, put: [made], facts: { artifact: id } }
      : null;
  });
  const document = standing ?? (committed.ok ? made : null);
  return document === null ? null : { artifact: view(scope, document, file.name), replay: standing !== null };
}

function keyOf(deps: Deps, scope: RunScope, by: PrincipalId, file: ArtifactFile, key: string): Promise<Key> {
  const content = createHash('sha256').update(file.bytes).digest('hex');
  const of = { tenant: scope.tenant, by, route: 'putArtifact', of: [scope.run] };
  return keyFor(deps, of, key, { name: file.name, contentType: file.contentType, content });
}

async function sealArtifact(
  deps: Deps,
  scope: RunScope,
  id: string,
  by: PrincipalId,
  { name, contentType, bytes }: ArtifactFile,
): Promise<ArtifactDocument> {
  return {
    kind: 'artifact',
    id,
    name: await deps.vault.seal(place(scope, id, 'name'), name),
    contentType,
    bytes: bytes.byteLength,
    createdAt: deps.clock.now(),
    createdBy: by,
    content: await deps.vault.seal(place(scope, id, 'content'), Buffer.from(bytes).toString('base64')),
  };
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
