/**
 * Declarations of what the stores keep beside runs: definitions, tenant log, live documents, links, idempotency answers,
 * secrets and wrapped keys. The types refuse a declaration that misses a field.
 */
import type { SlotDocument } from '../../domain/run/slots.ts';
import { clear, sealed, type Declared, type Sealed } from '../../domain/sealing/sealed.ts';
import type { DefinitionVersion } from '../../ports/definition-store.ts';
import type { Live } from '../../ports/run-store.ts';
import type { TenantLogEntry } from '../../ports/tenant-log.ts';
import type { WrappedKey } from './wrapped-keys.ts';

const ID = 'identifier';
const WHEN = 'time, needed for operation';
const COUNT = 'number, needed for operation';
const WHO = 'principal id: who acted is the point of the record';

export const DEFINITION_FIELDS: Declared<DefinitionVersion> = {
  kind: clear('closed list'),
  id: clear(ID),
  version: clear(COUNT),
  digest: clear('digest of a document that is clear'),
  document: clear('written by authors, clear by design so that it can be audited; secrets by reference only'),
  publishedBy: clear(WHO),
  publishedAt: clear(WHEN),
};

export const TENANT_LOG_FIELDS: Declared<TenantLogEntry> = {
  seq: clear(COUNT),
  at: clear(WHEN),
  by: clear(WHO),
  type: clear('closed code'),
  facts: clear('ids, codes, numbers and texts sealed by the caller; nested values are refused'),
  prev: clear('hash'),
  hash: clear('hash'),
};

export const LIVE_FIELDS: Declared<Live> = {
  step: clear('ordinal'),
  fence: clear(COUNT),
  beatAt: clear(WHEN),
  percent: clear('progress, no content'),
};

export const SLOT_FIELDS: Declared<SlotDocument> = {
  limit: clear(COUNT),
  grants: clear(COUNT),
  holders: clear('run ids and grant numbers'),
  queue: clear('run ids, priorities and times'),
};

export interface StoredLink {
  readonly tokenHash: string;
  readonly tenant: string;
  readonly run: string;
  readonly request: string;
  readonly expiresAt: string;
}
export const LINK_FIELDS: Declared<StoredLink> = {
  tokenHash: clear('SHA-256 of 256 random bits'),
  tenant: clear(ID),
  run: clear(ID),
  request: clear(ID),
  expiresAt: clear(WHEN),
};

export interface StoredAnswer {
  readonly tenant: string;
  readonly keyHash: string;
  readonly bodyHash: string;
  readonly answer: string;
  readonly expiresAt: string;
}
export const ANSWER_FIELDS: Declared<StoredAnswer> = {
  tenant: clear(ID),
  keyHash: clear('HMAC of tenant, principal, route and key; or of an effect key'),
  bodyHash: clear('HMAC of the body under the same key'),
  answer: clear(
    'ids, versions and outcomes of what was created, or the step that holds the key; texts sealed by the caller',
  ),
  expiresAt: clear(WHEN),
};

export interface StoredSecret {
  readonly tenant: string;
  readonly name: string;
  readonly value: Sealed;
  readonly allowedHosts: readonly string[];
}
export const SECRET_FIELDS: Declared<StoredSecret> = {
  tenant: clear(ID),
  name: clear('name that connectors use'),
  value: sealed('tenant'),
  allowedHosts: clear('hosts that stand in connectors in clear'),
};

export const WRAPPED_KEY_FIELDS: Declared<WrappedKey & { readonly tenant: string; readonly name: string }> = {
  tenant: clear(ID),
  name: clear('kind and id of the owner'),
  version: clear(COUNT),
  wrappedBy: clear(COUNT),
  wrapped: clear('ciphertext under the tenant key, the tenant key’s under the root; lies apart from the data'),
};
