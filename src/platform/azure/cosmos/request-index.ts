/**
 * Link hashes and idempotency answers on Cosmos DB: ids and hashes only, each in a partition of its own, removed by the database
 * some time after they expire. Until then the expiry written in the item decides, by the clock of the platform.
 */
import { PlatformFault } from '../../../domain/errors.ts';
import { runId, tenantId, type TenantId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/json.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { IdempotencyStore, RequestIndex } from '../../../ports/request-index.ts';
import type { StoredAnswer, StoredLink } from '../../common/stored-ports.ts';
import type { Containers, Item, Operation, PartitionKey } from './containers.ts';

/** No tenant is called so: a link is asked for before anyone knows whose it is. */
const LINKS = '~links';
const MARGIN_S = 3600;
const ROUNDS = 10;

interface Expiring<Body> extends Item {
  readonly ttl: number;
  readonly body: Body;
}

function expiring<Body extends { readonly expiresAt: Instant }>(
  key: PartitionKey,
  id: string,
  body: Body,
  clock: Clock,
): Expiring<Body> {
  const seconds = Math.ceil((Date.parse(body.expiresAt) - Date.parse(clock.now())) / 1000);
  return { id, tenantId: key[0], scopeId: key[1], ttl: Math.max(1, seconds) + MARGIN_S, body };
}

export function cosmosRequestIndex(containers: Containers, clock: Clock): RequestIndex {
  return {
    async putLink(tokenHash, target, expiresAt) {
      const { tenant, run, request } = target;
      const key: PartitionKey = [LINKS, tokenHash];
      const body: StoredLink = { tokenHash, tenant, run, request, expiresAt };
      await containers.upsert('work', expiring(key, 'link', body, clock));
    },
    async findLink(tokenHash) {
      const read = await containers.read<Expiring<StoredLink>>('work', [LINKS, tokenHash], 'link');
      if (read === null || read === 'unchanged' || read.item.body.expiresAt <= clock.now()) return null;
      const { tenant, run, request } = read.item.body;
      return { tenant: tenantId(tenant), run: runId(run), request };
    },
  };
}

export function cosmosIdempotencyStore(containers: Containers, clock: Clock): IdempotencyStore {
  const keyOf = (tenant: TenantId, keyHash: string): PartitionKey => [tenant, `answer~${keyHash}`];
  const standing = async (tenant: TenantId, keyHash: string) => {
    const read = await containers.read<Expiring<StoredAnswer>>('work', keyOf(tenant, keyHash), 'answer');
    return read === 'unchanged' ? null : read;
  };
  return {
    /** A claim whose own answer was lost finds itself standing: the caller then asks for what it claimed, as a repetition would. */
    async claim(tenant, keyHash, entry, expiresAt, replaces = null) {
      const { bodyHash, answer } = entry;
      const key = keyOf(tenant, keyHash);
      const item = expiring(key, 'answer', { tenant, keyHash, bodyHash, answer, expiresAt }, clock);
      for (let round = 0; round < ROUNDS; round++) {
        const found = round === 0 ? null : await standing(tenant, keyHash);
        const stands = found !== null && found.item.body.expiresAt > clock.now();
        if (stands && found.item.body.answer !== replaces) {
          const { bodyHash: body, answer: given } = found.item.body;
          return { bodyHash: body, answer: given, first: false };
        }
        const write: Operation =
          found === null ? { kind: 'create', item } : { kind: 'replace', item, etag: found.etag };
        if ((await containers.batch('work', key, [write])).done) return { bodyHash, answer, first: true };
      }
      throw new PlatformFault('CONFLICT', 'others kept claiming the same key; try again');
    },
    async find(tenant, keyHash) {
      const found = await standing(tenant, keyHash);
      if (found === null || found.item.body.expiresAt <= clock.now()) return null;
      const { bodyHash, answer } = found.item.body;
      return { bodyHash, answer };
    },
  };
}
