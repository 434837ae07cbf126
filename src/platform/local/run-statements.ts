/** Prepared statements of the run store. The engine's path uses the first block only; the listings build theirs once each. */
import type { Database, Statement } from 'better-sqlite3';

export interface HeadKey {
  readonly n: number;
  readonly etag: string;
  readonly state: string;
  readonly next_due: string | null;
  readonly business_key: string | null;
}

export function runStatements(db: Database) {
  return {
    key: db.prepare<[string, string], HeadKey>(
      'SELECT n, etag, state, next_due, business_key FROM heads WHERE tenant = ? AND run = ?',
    ),
    insertHead: db.prepare<unknown[]>(
      `INSERT INTO heads(tenant, run, etag, state, workflow, business_key, created_at, next_due, body)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // Indexes are touched only by the columns that a statement names, so what rarely changes has its own statement.
    bodyOnly: db.prepare<[string, string, number]>('UPDATE heads SET etag = ?, body = ? WHERE n = ?'),
    bodyAndDue: db.prepare<[string, string, string | null, number]>(
      'UPDATE heads SET etag = ?, body = ?, next_due = ? WHERE n = ?',
    ),
    bodyAndAll: db.prepare<[string, string, string | null, string, string | null, number]>(
      'UPDATE heads SET etag = ?, body = ?, next_due = ?, state = ?, business_key = ? WHERE n = ?',
    ),
    putAudit: db.prepare<[number, number, string]>('INSERT INTO audit(n, seq, body) VALUES(?, ?, ?)'),
    putDocument: db.prepare<[number, string, string]>('INSERT OR REPLACE INTO documents(n, id, body) VALUES(?, ?, ?)'),
    removeDocument: db.prepare<[number, string]>('DELETE FROM documents WHERE n = ? AND id = ?'),
    openRequest: db.prepare<[string, string, string, string]>(
      'INSERT OR REPLACE INTO open_requests(tenant, due_at, run, request) VALUES(?, ?, ?, ?)',
    ),
    closeRequest: db.prepare<[string, string, string]>(
      'DELETE FROM open_requests WHERE tenant = ? AND run = ? AND request = ?',
    ),
    body: db.prepare<[string, string], string>('SELECT body FROM heads WHERE tenant = ? AND run = ?').pluck(),
    document: db.prepare<[number, string], string>('SELECT body FROM documents WHERE n = ? AND id = ?').pluck(),
    documentsOfKind: db
      .prepare<[number, string, string, string], string>(
        'SELECT body FROM documents WHERE n = ? AND (id = ? OR (id >= ? AND id < ?)) ORDER BY id',
      )
      .pluck(),
    auditFrom: db
      .prepare<[number, number, number], string>('SELECT body FROM audit WHERE n = ? AND seq >= ? ORDER BY seq LIMIT ?')
      .pluck(),
    due: db.prepare<[string, number], { tenant: string; run: string }>(
      'SELECT tenant, run FROM heads WHERE next_due <= ? ORDER BY next_due LIMIT ?',
    ),
    writeLive: db.prepare<[string, string, number, string]>(
      'INSERT OR REPLACE INTO live(tenant, run, step, body) VALUES(?, ?, ?, ?)',
    ),
    readLive: db
      .prepare<[string, string, number], string>('SELECT body FROM live WHERE tenant = ? AND run = ? AND step = ?')
      .pluck(),
  };
}

export type RunStatements = ReturnType<typeof runStatements>;

/** Statements whose text depends on which filters are given: a closed set, each prepared once. */
export class Listings {
  readonly #db: Database;
  readonly #known = new Map<string, Statement<unknown[], unknown>>();

  constructor(db: Database) {
    this.#db = db;
  }

  prepare<Row>(sql: string): Statement<unknown[], Row> {
    let statement = this.#known.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare<unknown[], unknown>(sql);
      this.#known.set(sql, statement);
    }
    return statement as Statement<unknown[], Row>;
  }
}
