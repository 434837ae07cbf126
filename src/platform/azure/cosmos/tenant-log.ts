/**
 * Tenant chains in a container where the app may only create and read. A place in the chain is an item's id, so two instances
 * cannot both write it; the one that comes late chains itself after the other. Entries that wait together are one batch.
 *
 * Blocks of a million entries are partitions of their own: no partition grows without end.
 */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import type { TenantLog, TenantLogEntry } from '../../../ports/tenant-log.ts';
import { nextEntry } from '../../common/tenant-chain.ts';
import { ofTenant, type Containers, type Item, type PartitionKey } from './containers.ts';

interface EntryItem extends Item {
  readonly seq: number;
  /** Random, of the batch that wrote it. */
  readonly commit: string;
  readonly body: TenantLogEntry;
}
type Fresh = Parameters<TenantLog['append']>[1];
interface Waiting {
  readonly entry: Fresh;
  readonly resolve: (entry: TenantLogEntry) => void;
  readonly reject: (error: unknown) => void;
}

const BLOCK = 1_000_000;
const TOGETHER = 50;
/** Other instances that append at the same moment. */
const ROUNDS = 50;

const block = (seq: number): string => `log~${Math.floor(seq / BLOCK)}`;
const entryId = (seq: number): string => `entry~${String(seq).padStart(12, '0')}`;

export function cosmosTenantLog(containers: Containers): TenantLog {
  const last = new Map<TenantId, TenantLogEntry>();
  const waiting = new Map<TenantId, Waiting[]>();
  const busy = new Set<TenantId>();

  async function newest(tenant: TenantId): Promise<TenantLogEntry | null> {
    const query = 'SELECT TOP 1 * FROM c WHERE c.tenantId = @tenant ORDER BY c.seq DESC';
    const rows = await containers.query<EntryItem>('tenant-log', {
      query,
      parameters: [{ name: '@tenant', value: tenant }],
    });
    return ofTenant('tenant-log', tenant, rows).map((row) => (row as EntryItem).body)[0] ?? null;
  }

  /** Appends in one batch; again behind whatever another instance has written meanwhile. */
  async function write(tenant: TenantId, fresh: readonly Fresh[]): Promise<readonly TenantLogEntry[]> {
    const commit = randomBytes(12).toString('base64url');
    let end = last.get(tenant) ?? (await newest(tenant));
    for (let round = 0; round < ROUNDS; round++) {
      const entries: TenantLogEntry[] = [];
      for (const entry of fresh) entries.push(nextEntry(entries.at(-1) ?? end, entry));
      const key: PartitionKey = [tenant, block(entries[0]?.seq ?? 1)];
      const cut = entries.findIndex(({ seq }) => block(seq) !== key[1]);
      if (cut > 0) return [...(await write(tenant, fresh.slice(0, cut))), ...(await write(tenant, fresh.slice(cut)))];
      const items = entries.map((body): EntryItem => ({
        id: entryId(body.seq),
        tenantId: key[0],
        scopeId: key[1],
        seq: body.seq,
        commit,
        body,
      }));
      const outcome = await containers.batch(
        'tenant-log',
        key,
        items.map((item) => ({ kind: 'create', item })),
      );
      if (outcome.done || (await wrote(key, items[0] as EntryItem))) {
        last.set(tenant, entries.at(-1) as TenantLogEntry);
        return entries;
      }
      if (outcome.status !== 409)
        throw new PlatformFault('STORE_UNAVAILABLE', `the tenant log answered ${outcome.status}`);
      end = await newest(tenant);
    }
    throw new PlatformFault('CONFLICT', 'others kept appending to the tenant log; try again');
  }

  /** Whether our own batch is what stands there, its answer lost. */
  async function wrote(key: PartitionKey, item: EntryItem): Promise<boolean> {
    const read = await containers.read<EntryItem>('tenant-log', key, item.id);
    return read !== null && read !== 'unchanged' && read.item.commit === item.commit;
  }

  async function drain(tenant: TenantId): Promise<void> {
    busy.add(tenant);
    for (;;) {
      const all = waiting.get(tenant) ?? [];
      const group = all.splice(0, TOGETHER);
      if (group.length === 0) break;
      try {
        const written = await write(
          tenant,
          group.map(({ entry }) => entry),
        );
        group.forEach(({ resolve }, n) => resolve(written[n] as TenantLogEntry));
      } catch (error) {
        // What is remembered may be what was wrong.
        last.delete(tenant);
        group.forEach(({ reject }) => reject(error));
      }
    }
    waiting.delete(tenant);
    busy.delete(tenant);
  }

  return {
    append(tenant, entry) {
      return new Promise((resolve, reject) => {
        // Refuses what no chain takes, before anything waits for it.
        nextEntry(null, entry);
        const all = waiting.get(tenant) ?? [];
        all.push({ entry, resolve, reject });
        waiting.set(tenant, all);
        if (!busy.has(tenant)) void drain(tenant);
      });
    },

    async read(tenant, fromSeq, limit) {
      const top = Math.max(0, Math.trunc(limit));
      if (top === 0) return [];
      const query = `SELECT TOP ${top} * FROM c WHERE c.tenantId = @tenant AND c.seq >= @from ORDER BY c.seq`;
      const parameters = [
        { name: '@tenant', value: tenant },
        { name: '@from', value: fromSeq },
      ];
      const rows = await containers.query<EntryItem>('tenant-log', { query, parameters });
      return ofTenant('tenant-log', tenant, rows).map((row) => (row as EntryItem).body);
    },
  };
}
