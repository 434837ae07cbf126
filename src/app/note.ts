/** A person's own words about what they did to a run: sealed under its key, beside the audit record that names them. */
import type { Deps } from '../ports/deps.ts';
import type { RunScope } from '../domain/ids.ts';
import type { NoteDocument } from '../domain/run/documents.ts';

export async function noteOf(
  deps: Pick<Deps, 'vault' | 'ids'>,
  scope: RunScope,
  reason: string,
): Promise<NoteDocument> {
  const id = `note~${deps.ids.next()}`;
  const place = { tenant: scope.tenant, kind: 'run', id: scope.run, path: id, field: 'text', attempt: 0 } as const;
  return { kind: 'note', id, text: await deps.vault.seal(place, reason) };
}
