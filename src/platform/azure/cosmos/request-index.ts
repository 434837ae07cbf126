/**
 * Link hashes and idempotency answers on Cosmos DB: ids and hashes only, each in a partition of its own, removed by the database
 * some time after they expire. Until then the expiry written in the item decides, by the clock of the platform.
 */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../../domain/errors.ts';
import { runId, tenantId, type TenantId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/json.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { IdempotencyStore, RequestIndex } from '../../../ports/request-index.ts';
import type { StoredAnswer, StoredLink } from '../../common/stored-ports.ts';
import type { Containers, Item, Operation, PartitionKey, Read } from './containers.ts';

/** No tenant is called so: a link is asked for before anyone knows whose it is. */
const LINKS = '~links';
const MARGIN_S = 3600;
const ROUNDS = 10;

interface Expiring<Body> extends Item {
  readonly ttl: number;
  readonly body: Body;
}

interface AnswerItem extends Expiring<StoredAnswer> {
  readonly commit: string;
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
    const read = await containers.read<AnswerItem>('work', keyOf(tenant, keyHash), 'answer');
    return read === 'unchanged' ? null : read;
  };
  return {
    async claim(tenant, keyHash, entry, expiresAt, replaces = null) {
      const { bodyHash, answer } = entry;
      const key = keyOf(tenant, keyHash);
      // Random, so that a claim whose own answer was lost knows its own when it finds it standing.
      const commit = randomBytes(12).toString('base64url');
      const item = { ...expiring(key, 'answer', { tenant, keyHash, bodyHash, answer, expiresAt }, clock), commit };
      for (let round = 0; round < ROUNDS; round++) {
        const found: Read<AnswerItem> | null =
          round === 0 && replaces === null ? null : await standing(tenant, keyHash);
        if (found !== null && found.item.commit === commit) return { bodyHash, answer, first: true };
        const given: StoredAnswer | null = found?.item.body ?? null;
        if (given !== null && given.expiresAt > clock.now() && given.answer !== replaces)
          return { bodyHash: given.bodyHash, answer: given.answer, first: false };
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
