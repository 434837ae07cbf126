/** Concurrency slots on Cosmos DB: one small document per limited key, in a partition of its own, replaced under its etag. */
import type { TenantId } from '../../../domain/ids.ts';
import type { SlotDocument } from '../../../domain/run/slots.ts';
import type { SlotStore } from '../../../ports/slot-store.ts';
import { sha256Hex } from '../../common/hash.ts';
import type { Containers, Item, Operation, PartitionKey } from './containers.ts';

interface SlotItem extends Item {
  readonly body: SlotDocument;
}

const ID = 'slot';
/** Keys are made by definitions and may hold anything; a partition key's name may not be long. */
const keyOf = (tenant: TenantId, key: string): PartitionKey => [tenant, `slot~${sha256Hex(key)}`];

export function cosmosSlotStore(containers: Containers): SlotStore {
  return {
    async read(tenant, key) {
      const read = await containers.read<SlotItem>('work', keyOf(tenant, key), ID);
      return read === null || read === 'unchanged' ? null : { document: read.item.body, etag: read.etag };
    },
    /** A lost answer shows as `conflict`: the caller reads again and finds its own write. */
    async write(tenant, key, etag, document) {
      const [tenantId, scopeId] = keyOf(tenant, key);
      const item: SlotItem = { id: ID, tenantId, scopeId, body: document };
      const operation: Operation = etag === null ? { kind: 'create', item } : { kind: 'replace', item, etag };
      return (await containers.batch('work', [tenantId, scopeId], [operation])).done ? 'written' : 'conflict';
    },
  };
}
