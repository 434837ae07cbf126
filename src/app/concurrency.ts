/**
 * Takes and gives back a run's place under its concurrency key. Acquired before the commit that claims steps, released
 * after the commit that lets it go; what a crash leaves behind in between is taken up again by the run's own next try.
 */
import { PlatformFault } from '../domain/errors.ts';
import type { RunId, TenantId } from '../domain/ids.ts';
import { acquire, nextInLine, NO_SLOTS, release, type Acquired, type SlotDocument } from '../domain/run/slots.ts';
import type { ConcurrencyRule } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { commitRun, type EngineDeps } from './commit-run.ts';

export type SlotDeps = EngineDeps & Pick<Deps, 'slots'>;

const MOST_TRIES = 30;

export async function acquireSlot(
  deps: SlotDeps,
  tenant: TenantId,
  key: string,
  asking: { readonly run: RunId; readonly fence: number; readonly rule: ConcurrencyRule; readonly resumed: boolean },
): Promise<Acquired> {
  const { run, fence, rule, resumed } = asking;
  let acquired: Acquired | null = null;
  await change(deps, tenant, key, (document) => {
    const priority = resumed ? 0 : rule.priority;
    acquired = acquire(document, { run, fence, limit: rule.limit, priority, now: deps.clock.now() });
    return acquired.document;
  });
  return acquired as unknown as Acquired;
}

/** Lets the next in line know; one that does not hear of it asks by itself. */
export async function releaseSlot(
  deps: SlotDeps,
  tenant: TenantId,
  key: string,
  run: RunId,
  grant: number | null,
): Promise<void> {
  const document = await change(deps, tenant, key, (standing) => release(standing, run, grant));
  for (const next of nextInLine(document)) {
    await commitRun(deps, { tenant, run: next }, () => ({ event: { type: 'SLOT_FREE' } }));
  }
}

async function change(
  deps: SlotDeps,
  tenant: TenantId,
  key: string,
  make: (document: SlotDocument) => SlotDocument,
): Promise<SlotDocument> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (tries > 0) await deps.clock.sleep((deps.ids.bytes(1)[0] ?? 0) % (4 * tries));
    const standing = await deps.slots.read(tenant, key);
    const document = make(standing?.document ?? NO_SLOTS);
    if ((await deps.slots.write(tenant, key, standing?.etag ?? null, document)) === 'written') return document;
  }
  throw new PlatformFault('CONFLICT', `slots: ${MOST_TRIES} writes in a row lost their etag`);
}
