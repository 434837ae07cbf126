/**
 * What an auditor's script does: proves a run from its stored records with SHA-256 and RFC 8785 alone. Written from their
 * words and not from the product's code, which it is there to check.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const inOrder = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${inOrder.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

interface Stored {
  readonly head: any;
  readonly documents: readonly any[];
  readonly chain: readonly any[];
}

/** Throws with what is wrong: a gap, a forged record, a head, row or document that differs from what the chain tells. */
export function proveRun({ head, documents, chain }: Stored): void {
  let prev = '0'.repeat(64);
  const standing = new Map<string, { hash: string; state: string | null }>();
  for (const [at, { hash, ...open }] of chain.entries()) {
    assert.equal(open.seq, at + 1, 'a gap');
    assert.equal(open.prev, prev, `record ${open.seq} does not follow`);
    assert.equal(sha256(canonical(open)), hash, `record ${open.seq} is not what was written`);
    prev = hash;
    for (const { id, hash: form, state } of open.documents)
      if (form === null) standing.delete(id);
      else standing.set(id, { hash: form, state });
  }
  assert.equal(canonical(headOf(chain)), canonical(head), 'the head');
  assert.deepEqual([...standing.keys()].sort(), documents.map(({ id }) => id).sort(), 'which documents stand');
  for (const document of documents) {
    const { hash, state } = standing.get(document.id) ?? {};
    assert.equal(sha256(canonical(document)), hash, `${document.id} is not what was written`);
    assert.equal(document.state ?? null, state, `the state of ${document.id}`);
  }
}

/**
 * Proves every run in the folder of a product that has stopped; answers how many there were, and how many documents. The folder
 * holds no heads but the end of each chain, what its indexes need, and a snapshot here and there: each must be what the chain tells.
 */
export function proveFolder(data: string): { readonly runs: number; readonly documents: number } {
  const db = new Sqlite(join(data, 'records.db'), { readonly: true });
  const bodies = (sql: string, n: number): readonly any[] =>
    (db.prepare(sql).pluck().all(n) as string[]).map((body) => JSON.parse(body));
  const runs = db.prepare('SELECT * FROM heads').all() as any[];
  let count = 0;
  for (const { n, seq, hash, ...indexed } of runs) {
    const documents = bodies('SELECT body FROM documents WHERE n = ?', n);
    const chain = bodies('SELECT body FROM audit WHERE n = ? ORDER BY seq', n);
    const head = headOf(chain);
    assert.deepEqual({ seq, hash }, head.audit, 'the end of the chain');
    const { tenant, run, state, workflow, businessKey, createdAt, nextDue } = head;
    const columns = { business_key: businessKey, created_at: createdAt, next_due: nextDue };
    assert.deepEqual(indexed, { tenant, run, state, workflow, ...columns }, 'the columns of its row');
    for (const snapshot of bodies('SELECT body FROM snapshots WHERE n = ?', n))
      assert.equal(canonical(snapshot), canonical(headOf(chain.slice(0, snapshot.audit.seq))), 'the snapshot');
    proveRun({ head, documents, chain });
    count += documents.length;
  }
  db.close();
  return { runs: runs.length, documents: count };
}

/** The head that a chain tells. */
function headOf(chain: readonly any[]): any {
  const { seq, hash } = chain.at(-1);
  const rows: unknown[] = [];
  for (const row of chain.flatMap((record) => record.rows)) rows[row.step] = row;
  return { ...Object.assign({}, ...chain.map((record) => record.head)), rows, audit: { seq, hash } };
}
