/** Link hashes and idempotency answers in `records.db`: ids and hashes only, removed some time after they expire. */
import type { Database } from 'better-sqlite3';
import { runId, tenantId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IdempotencyStore, RequestIndex } from '../../ports/request-index.ts';
import type { CommitQueue } from './commit-queue.ts';

/** Each write clears a few expired rows, so that neither table grows without end. */
const CLEARED_A_WRITE = 4;

export function localRequestIndex(db: Database, queue: CommitQueue, clock: Clock): RequestIndex {
  const put = db.prepare<[string, string, string, string, string]>(
    'INSERT OR REPLACE INTO links(token_hash, tenant, run, request, expires_at) VALUES(?, ?, ?, ?, ?)',
  );
  const find = db.prepare<[string, string], { tenant: string; run: string; request: string }>(
    'SELECT tenant, run, request FROM links WHERE token_hash = ? AND expires_at > ?',
  );
  const clear = db.prepare<[string]>(
    `DELETE FROM links WHERE token_hash IN (SELECT token_hash FROM links WHERE expires_at <= ? LIMIT ${CLEARED_A_WRITE})`,
  );
  return {
    putLink(tokenHash, target, expiresAt) {
      return queue.run(() => {
        clear.run(clock.now());
        put.run(tokenHash, target.tenant, target.run, target.request, expiresAt);
      });
    },
    async findLink(tokenHash) {
      const row = find.get(tokenHash, clock.now());
      return row === undefined ? null : { tenant: tenantId(row.tenant), run: runId(row.run), request: row.request };
    },
  };
}

interface AnswerRow {
  readonly body_hash: string;
  readonly answer: string;
}

export function localIdempotencyStore(db: Database, queue: CommitQueue, clock: Clock): IdempotencyStore {
  const find = db.prepare<[string, string, string], AnswerRow>(
    'SELECT body_hash, answer FROM idempotency WHERE tenant = ? AND key_hash = ? AND expires_at > ?',
  );
  const put = db.prepare<[string, string, string, string, string]>(
    'INSERT OR REPLACE INTO idempotency(tenant, key_hash, body_hash, answer, expires_at) VALUES(?, ?, ?, ?, ?)',
  );
  const clear = db.prepare<[string]>(
    `DELETE FROM idempotency WHERE (tenant, key_hash) IN
       (SELECT tenant, key_hash FROM idempotency WHERE expires_at <= ? LIMIT ${CLEARED_A_WRITE})`,
  );
  return {
    claim(tenant, keyHash, entry, expiresAt, replaces = null) {
      return queue.run(() => {
        const now = clock.now();
        const standing = find.get(tenant, keyHash, now);
        if (standing !== undefined && standing.answer !== replaces)
          return { bodyHash: standing.body_hash, answer: standing.answer, first: false };
        clear.run(now);
        put.run(tenant, keyHash, entry.bodyHash, entry.answer, expiresAt);
        return { bodyHash: entry.bodyHash, answer: entry.answer, first: true };
      });
    },
    async find(tenant, keyHash) {
      const row = find.get(tenant, keyHash, clock.now());
      return row === undefined ? null : { bodyHash: row.body_hash, answer: row.answer };
    },
  };
}
