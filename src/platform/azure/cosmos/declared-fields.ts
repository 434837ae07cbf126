/**
 * Every field of every item that the Azure platform keeps in Cosmos DB: clear with a reason, or a body whose fields are declared
 * with its record. A test walks the items that the product writes and fails on a field that is not here.
 */
import { RUN_DOCUMENT_FIELDS } from '../../../domain/run/documents.ts';
import { clear, type ClearField, type SealedField } from '../../../domain/sealing/sealed.ts';
import { AUDIT_FIELDS, HEAD_FIELDS, type Declaration } from '../../../domain/sealing/stored.ts';
import {
  ANSWER_FIELDS,
  DEFINITION_FIELDS,
  LINK_FIELDS,
  LIVE_FIELDS,
  TENANT_LOG_FIELDS,
} from '../../common/stored-ports.ts';
import type { ContainerName } from './containers.ts';

type Field = ClearField | SealedField | { readonly fields: readonly Declaration[] };

const ID = clear('identifier');
const TYPE = clear('closed list');
const REPEATED = clear('repeats fields of the body for an index');
const MARK = clear('random');
const PLACE = { id: ID, tenantId: ID, scopeId: ID };

/** Queue and holders of a limited key: ids, numbers and times. */
const SLOT_FIELDS: Declaration = {
  limit: clear('number of a definition'),
  grants: clear('number, needed for operation'),
  holders: clear('ids of runs and numbers'),
  queue: clear('ids of runs, numbers and times'),
};

export const COSMOS_FIELDS: Readonly<Record<ContainerName, Readonly<Record<string, Field>>>> = {
  runs: {
    ...PLACE,
    type: TYPE,
    kind: TYPE,
    state: REPEATED,
    workflow: REPEATED,
    businessKey: REPEATED,
    createdAt: REPEATED,
    createdOrder: REPEATED,
    nextDue: REPEATED,
    seq: REPEATED,
    openOrder: REPEATED,
    commit: MARK,
    body: { fields: [HEAD_FIELDS, AUDIT_FIELDS, ...Object.values(RUN_DOCUMENT_FIELDS)] },
  },
  live: { ...PLACE, body: { fields: [LIVE_FIELDS] } },
  catalog: {
    ...PLACE,
    type: TYPE,
    kind: TYPE,
    name: REPEATED,
    version: REPEATED,
    newest: clear('number, needed for operation'),
    listed: REPEATED,
    commit: MARK,
    body: { fields: [DEFINITION_FIELDS] },
    active: { fields: [DEFINITION_FIELDS] },
  },
  work: {
    ...PLACE,
    ttl: clear('seconds until it is removed'),
    commit: MARK,
    body: { fields: [LINK_FIELDS, ANSWER_FIELDS, SLOT_FIELDS] },
  },
  'tenant-log': { ...PLACE, seq: REPEATED, commit: MARK, body: { fields: [TENANT_LOG_FIELDS] } },
};
