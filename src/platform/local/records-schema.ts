/**
 * Tables of `records.db`. Bodies are JSON text as `platform/common/run-batch.ts` wrote it; the other columns repeat fields of
 * the body so that an index can find it, and are written in the same statement. `columns.ts` declares each column.
 *
 * A head is not stored: the chain tells it, from the last snapshot on (`run-store.ts`). Its row holds the end of the chain.
 *
 * Documents and audit records are tables with row ids, not clustered by run: a grouped commit then appends all of them to the
 * same few pages (measured: a third of the time).
 */
export const RECORDS_VERSION = 2;

export const RECORDS_SCHEMA = `
CREATE TABLE IF NOT EXISTS heads(
  n INTEGER PRIMARY KEY, tenant TEXT NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
  state TEXT NOT NULL, workflow TEXT NOT NULL, business_key TEXT, created_at TEXT NOT NULL, next_due TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS heads_run ON heads(tenant, run);
CREATE INDEX IF NOT EXISTS heads_created ON heads(tenant, created_at, run);
CREATE INDEX IF NOT EXISTS heads_state ON heads(tenant, state, created_at, run);
CREATE INDEX IF NOT EXISTS heads_workflow ON heads(tenant, workflow, created_at, run);
CREATE INDEX IF NOT EXISTS heads_business_key ON heads(tenant, business_key, created_at, run) WHERE business_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS heads_due ON heads(next_due) WHERE next_due IS NOT NULL;
CREATE TABLE IF NOT EXISTS snapshots(n INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents(
  n INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(n, id));
CREATE TABLE IF NOT EXISTS audit(
  n INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(n, seq));
CREATE TABLE IF NOT EXISTS open_requests(
  tenant TEXT NOT NULL, due_at TEXT NOT NULL, run TEXT NOT NULL, request TEXT NOT NULL,
  PRIMARY KEY(tenant, run, request)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS open_requests_due ON open_requests(tenant, due_at, run, request);
CREATE TABLE IF NOT EXISTS live(
  tenant TEXT NOT NULL, run TEXT NOT NULL, step INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(tenant, run, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions(
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
  document TEXT NOT NULL, published_by TEXT NOT NULL, published_at TEXT NOT NULL, PRIMARY KEY(tenant, kind, id, version));
CREATE TABLE IF NOT EXISTS aliases(
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(tenant, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenant_log(
  tenant TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(tenant, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links(
  token_hash TEXT PRIMARY KEY, tenant TEXT NOT NULL, run TEXT NOT NULL, request TEXT NOT NULL,
  expires_at TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_expiry ON links(expires_at);
CREATE TABLE IF NOT EXISTS idempotency(
  tenant TEXT NOT NULL, key_hash TEXT NOT NULL, body_hash TEXT NOT NULL, answer TEXT NOT NULL,
  expires_at TEXT NOT NULL, PRIMARY KEY(tenant, key_hash)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_expiry ON idempotency(expires_at);
CREATE TABLE IF NOT EXISTS slots(
  tenant TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(tenant, key)) WITHOUT ROWID;
`;

/** Version 1 kept each head whole, in its row. */
export const RECORDS_UPGRADES = {
  1: `
INSERT INTO snapshots(n, body) SELECT n, body FROM heads;
ALTER TABLE heads ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN hash TEXT NOT NULL DEFAULT '';
UPDATE heads SET seq = body ->> '$.audit.seq', hash = body ->> '$.audit.hash';
ALTER TABLE heads DROP COLUMN etag;
ALTER TABLE heads DROP COLUMN body;
`,
} as const;
