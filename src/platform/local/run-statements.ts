/** Prepared statements of the run store. The engine's path uses the first block only; the listings build theirs once each. */
import type { Database, Statement } from 'better-sqlite3';

/** A run as its row has it: the end of its chain, and what indexes need. */
export interface RunRow {
  readonly n: number;
  readonly seq: number;
  readonly hash: string;
  readonly state: string;
  readonly next_due: string | null;
  readonly business_key: string | null;
}

const ROW = 'n, seq, hash, state, next_due, business_key';

export function runStatements(db: Database) {
  return {
    run: db.prepare<[string, string], RunRow>(`SELECT ${ROW} FROM heads WHERE tenant = ? AND run = ?`),
    insertRun: db.prepare<unknown[]>(
      `INSERT INTO heads(tenant, run, seq, hash, state, workflow, business_key, created_at, next_due)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // Indexes are touched only by the columns that a statement names, so what rarely changes has its own statement.
    advance: db.prepare<[number, string, number, number, string]>(
      'UPDATE heads SET seq = ?, hash = ? WHERE n = ? AND seq = ? AND hash = ?',
    ),
    advanceDue: db.prepare<[number, string, string | null, number, number, string]>(
      'UPDATE heads SET seq = ?, hash = ?, next_due = ? WHERE n = ? AND seq = ? AND hash = ?',
    ),
    advanceAll: db.prepare<[number, string, string | null, string, string | null, number, number, string]>(
      'UPDATE heads SET seq = ?, hash = ?, next_due = ?, state = ?, business_key = ? WHERE n = ? AND seq = ? AND hash = ?',
    ),
    putSnapshot: db.prepare<[number, string]>('INSERT OR REPLACE INTO snapshots(n, body) VALUES(?, ?)'),
    snapshot: db.prepare<[number], string>('SELECT body FROM snapshots WHERE n = ?').pluck(),
    putAudit: db.prepare<[number, number, string]>('INSERT INTO audit(n, seq, body) VALUES(?, ?, ?)'),
    putDocument: db.prepare<[number, string, string]>('INSERT OR REPLACE INTO documents(n, id, body) VALUES(?, ?, ?)'),
    removeDocument: db.prepare<[number, string]>('DELETE FROM documents WHERE n = ? AND id = ?'),
    openRequest: db.prepare<[string, string, string, string]>(
      'INSERT OR REPLACE INTO open_requests(tenant, due_at, run, request) VALUES(?, ?, ?, ?)',
    ),
    closeRequest: db.prepare<[string, string, string]>(
      'DELETE FROM open_requests WHERE tenant = ? AND run = ? AND request = ?',
    ),
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
