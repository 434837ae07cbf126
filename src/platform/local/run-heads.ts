/**
 * Heads of runs as their chains tell them. A head is not stored: every audit record carries what its commit changed, so a
 * commit writes that once, however many steps the run has. Invariants:
 * 1. The row of a run holds the end of its chain, which is the head's etag: it is never the same again.
 * 2. A head is at most `SNAPSHOT_EVERY` records away from a snapshot or the start.
 * 3. What is remembered counts only for the etag that the file holds at the moment of the read.
 * 4. Row, snapshot and records are read at one moment: another process may commit between two statements.
 */
import type { Database } from 'better-sqlite3';
import { rebuildHead } from '../../domain/audit/chain.ts';
import { BoundedCache } from '../../domain/expression/cache.ts';
import type { RunScope } from '../../domain/ids.ts';
import type { AuditRecord } from '../../domain/run/documents.ts';
import type { Head } from '../../domain/run/head.ts';
import type { StoredHead } from '../../ports/run-store.ts';
import { frozenHead } from '../common/frozen-head.ts';
import type { RunRow, RunStatements } from './run-statements.ts';

/** Heads kept: enough for the runs that move, or queue to, at the same time. */
const REMEMBERED = 1024;
const SNAPSHOT_EVERY = 16;

export interface KnownHead extends StoredHead {
  readonly row: RunRow;
  /** When its commit is on the disk. */
  readonly durable: Promise<void>;
}

export type ChainEnd = Pick<RunRow, 'n' | 'seq' | 'hash'>;

const etagOf = ({ n, seq, hash }: ChainEnd): string => `${n}.${seq}.${hash}`;

/** The row that goes with a head. */
export const rowOf = (n: number, { audit, state, nextDue, businessKey }: Head): RunRow => ({
  n,
  seq: audit.seq,
  hash: audit.hash,
  state,
  next_due: nextDue,
  business_key: businessKey,
});

export class RunHeads {
  readonly #sql: RunStatements;
  readonly #durable: () => Promise<void>;
  readonly #atOnce: <Read>(read: () => Read) => Read;
  readonly #remembered = new BoundedCache<string, KnownHead>(REMEMBERED);

  constructor(db: Database, sql: RunStatements, durable: () => Promise<void>) {
    this.#sql = sql;
    this.#durable = durable;
    this.#atOnce = db.transaction((read: () => unknown) => read()) as <Read>(read: () => Read) => Read;
  }

  /** The head that the file holds; null for an unknown run. */
  read(scope: RunScope): KnownHead | null {
    const known = this.#remembered.get(keyOf(scope));
    const row = this.#sql.run.get(scope.tenant, scope.run);
    if (row === undefined) return null;
    return known?.etag === etagOf(row) ? known : this.#atOnce(() => this.#readFile(scope));
  }

  #readFile(scope: RunScope): KnownHead {
    const row = this.#sql.run.get(scope.tenant, scope.run) as RunRow;
    const read = { head: this.#load(row), etag: etagOf(row), row, durable: this.#durable() };
    this.#remembered.set(keyOf(scope), read);
    return read;
  }

  /** The heads of the rows that a listing finds; they are not remembered. */
  list(find: () => readonly ChainEnd[]): readonly Head[] {
    return this.#atOnce(() => find().map((row) => this.#load(row)));
  }

  #load({ n, seq, hash }: ChainEnd): Head {
    const snapshot = this.#sql.snapshot.get(n);
    const from = snapshot === undefined ? null : (JSON.parse(snapshot) as Head);
    const known = from?.audit.seq ?? 0;
    const bodies = this.#sql.auditFrom.all(n, known + 1, seq - known);
    const records = bodies.map((body) => JSON.parse(body) as AuditRecord);
    // The row has the word on the chain's end: records that somebody took away do not move it.
    return frozenHead({ ...rebuildHead(records, from), audit: { seq, hash } });
  }

  /** The row of a run under an etag, from memory where that is remembered: the update that follows sees whether it still stands. */
  rowUnder(scope: RunScope, etag: string): RunRow | undefined {
    const known = this.#remembered.get(keyOf(scope));
    if (known?.etag === etag) return known.row;
    const row = this.#sql.run.get(scope.tenant, scope.run);
    return row !== undefined && etagOf(row) === etag ? row : undefined;
  }

  /** In the transaction that writes the head's audit record. */
  snapshot(n: number, head: Head): void {
    if (head.audit.seq % SNAPSHOT_EVERY === 0) this.#sql.putSnapshot.run(n, JSON.stringify(head));
  }

  /** After the commit that wrote it. Answers its etag. */
  written(scope: RunScope, n: number, head: Head, durable: Promise<void>): string {
    const row = rowOf(n, head);
    const etag = etagOf(row);
    // Its rows were frozen when they were checked: as they changed, one by one.
    Object.freeze(head.rows);
    this.#remembered.set(keyOf(scope), { head: Object.freeze(head), etag, row, durable });
    return etag;
  }
}

const keyOf = (scope: RunScope): string => `${scope.tenant}\n${scope.run}`;
