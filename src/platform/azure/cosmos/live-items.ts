/** Heartbeats, in a container of their own whose items expire: outside the head, without etag, last writer wins. */
import type { RunScope } from '../../../domain/ids.ts';
import type { Live } from '../../../ports/run-store.ts';
import { keyOf } from './run-items.ts';
import type { Containers, Item } from './containers.ts';

interface LiveItem extends Item {
  readonly body: Live;
}

export async function writeLive(containers: Containers, scope: RunScope, live: Live): Promise<void> {
  const { step, fence, beatAt, percent } = live;
  const item: LiveItem = {
    id: `live~${step}`,
    tenantId: scope.tenant,
    scopeId: scope.run,
    body: { step, fence, beatAt, percent },
  };
  await containers.upsert('live', item);
}

export async function readLive(containers: Containers, scope: RunScope, step: number): Promise<Live | null> {
  const read = await containers.read<LiveItem>('live', keyOf(scope), `live~${step}`);
  return read === null || read === 'unchanged' ? null : read.item.body;
}
