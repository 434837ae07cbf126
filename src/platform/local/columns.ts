/**
 * Every column of every SQLite table of the local platform: sealed, clear with a reason, or a body whose fields are declared
 * elsewhere. A test walks the real schemas and fails on a column that is not here.
 */
import { RUN_DOCUMENT_FIELDS } from '../../domain/run/documents.ts';
import { clear, sealed, type ClearField, type SealedField } from '../../domain/sealing/sealed.ts';
import { AUDIT_FIELDS, HEAD_FIELDS, type Declaration } from '../../domain/sealing/stored.ts';
import { LIVE_FIELDS, SLOT_FIELDS, TENANT_LOG_FIELDS } from '../common/stored-ports.ts';

export type Column = ClearField | SealedField | { readonly fields: readonly Declaration[] };

const same = (field: string): ClearField => clear(`repeats ${field} of the head or body for an index`);
const NUMBER = clear('row number of the run');
const TENANT = clear('identifier');
const RUN = clear('identifier');

export const COLUMNS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Column>>>>>> = {
  'records.db': {
    heads: {
      n: NUMBER,
      tenant: TENANT,
      run: RUN,
      seq: clear('counter'),
      hash: clear('hash of the last audit record'),
      state: same('state'),
      workflow: same('workflow'),
      business_key: same('businessKey'),
      created_at: same('createdAt'),
      next_due: same('nextDue'),
    },
    snapshots: { n: NUMBER, body: { fields: [HEAD_FIELDS] } },
    documents: {
      n: NUMBER,
      id: clear('kind and ordinals'),
      body: { fields: Object.values(RUN_DOCUMENT_FIELDS) },
    },
    audit: { n: NUMBER, seq: same('seq'), body: { fields: [AUDIT_FIELDS] } },
    open_requests: {
      tenant: TENANT,
      due_at: clear('time, needed for operation'),
      run: RUN,
      request: clear('kind and ordinals'),
    },
    live: { tenant: TENANT, run: RUN, step: same('step'), body: { fields: [LIVE_FIELDS] } },
    definitions: {
      tenant: TENANT,
      kind: clear('closed list'),
      id: clear('identifier'),
      version: clear('number'),
      digest: clear('digest of a document that is clear'),
      document: clear('written by authors, clear by design; secrets by reference only'),
      published_by: clear('principal id'),
      published_at: clear('time'),
    },
    aliases: { tenant: TENANT, kind: clear('closed list'), id: clear('identifier'), version: clear('number') },
    tenant_log: { tenant: TENANT, seq: same('seq'), body: { fields: [TENANT_LOG_FIELDS] } },
    links: {
      token_hash: clear('SHA-256 of 256 random bits'),
      tenant: TENANT,
      run: RUN,
      request: clear('kind and ordinals'),
      expires_at: clear('time'),
    },
    idempotency: {
      tenant: TENANT,
      key_hash: clear('HMAC of tenant, principal, route and key; or of an effect key'),
      body_hash: clear('HMAC of the body'),
      answer: clear(
        'ids, versions and outcomes of what was created, or the step that holds the effect key; texts sealed',
      ),
      expires_at: clear('time'),
    },
    slots: {
      tenant: TENANT,
      key: clear('HMAC of the concurrency key'),
      version: clear('counter'),
      body: { fields: [SLOT_FIELDS] },
    },
  },
  'keys.db': {
    keys: {
      tenant: TENANT,
      name: clear('kind and id of the owner'),
      version: clear('number'),
      wrapped_by: clear('number'),
      wrapped: clear('ciphertext under the tenant key, the tenant key’s under the master key'),
      etag: clear('counter'),
    },
  },
  'secrets.db': {
    secrets: {
      tenant: TENANT,
      name: clear('name that connectors use'),
      value: sealed('tenant'),
      allowed_hosts: clear('hosts that stand in connectors in clear'),
    },
  },
};
