/**
 * Delivers what a run's commits left for the world outside its partition. An entry is delivered at least once, under the
 * same id each time, and leaves the head in the next commit; what fails is tried again with back-off, for as long as it
 * takes.
 */
import { later } from '../domain/instant.ts';
import { postPlace } from '../domain/governance/notice.ts';
import { StepFault } from '../domain/errors.ts';
import type { RunScope } from '../domain/ids.ts';
import { isEndState, type Head, type OutboxEntry } from '../domain/run/head.ts';
import type { Deps } from '../ports/deps.ts';
import type { Notice } from '../ports/notifier.ts';
import { commitRun } from './commit-run.ts';
import { releaseSlot, type SlotDeps } from './concurrency.ts';
import { eraseRun } from './retention.ts';

export type DeliveryDeps = SlotDeps & Pick<Deps, 'vault' | 'notifier' | 'keys' | 'blobs' | 'tenantLog'>;
type Deliver = (deps: DeliveryDeps, scope: RunScope, entry: OutboxEntry) => Promise<void>;

/** Every kind that this release writes. */
const DELIVERERS: Partial<Record<OutboxEntry['kind'], Deliver>> = {
  notice: deliverNotice,
  'release-slot': giveSlotBack,
  'drop-key': (deps, scope) => eraseRun(deps, scope),
};

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Delivers what is due of a run and commits what became of it; a failed delivery is put off, never thrown. */
export async function deliverOutbox(deps: DeliveryDeps, scope: RunScope, head: Head): Promise<void> {
  const now = deps.clock.now();
  const due = head.outbox.filter((entry) => entry.notBefore <= now);
  if (due.length === 0) return;
  const delivered: OutboxEntry[] = [];
  const retry: { readonly id: string; readonly notBefore: string }[] = [];
  for (const entry of due) {
    if (await attempt(deps, scope, entry)) delivered.push(entry);
    else retry.push({ id: entry.id, notBefore: later(now, waitMs(entry.attempts)) });
  }
  const remove = delivered.flatMap((entry) => (entry.document === null ? [] : [entry.document]));
  await commitRun(deps, scope, () => ({
    event: { type: 'OUTBOX', delivered: delivered.map((entry) => entry.id), retry },
    remove,
  }));
}

const waitMs = (attempts: number): number => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts, 12));

async function attempt(deps: DeliveryDeps, scope: RunScope, entry: OutboxEntry): Promise<boolean> {
  try {
    const deliver = DELIVERERS[entry.kind];
    if (deliver === undefined) throw new TypeError(`nothing delivers entries of kind ${entry.kind}`);
    await deliver(deps, scope, entry);
    return true;
  } catch (error) {
    // What was sealed under a destroyed key cannot be told to anyone any more: the entry is done.
    if (error instanceof StepFault && error.code === 'KEY_DESTROYED') return true;
    const facts = { tenant: scope.tenant, run: scope.run, entry: entry.id, attempts: entry.attempts };
    deps.telemetry.fault('DELIVERY_FAILED', error, facts);
    return false;
  }
}

async function deliverNotice(deps: DeliveryDeps, scope: RunScope, entry: OutboxEntry): Promise<void> {
  if (entry.document === null) throw new TypeError('a notice needs its document');
  const post = await deps.runs.readDocument(scope, 'post', entry.document);
  if (post === null) return; // delivered before; only the commit that says so was lost
  const notice = (await deps.vault.open(postPlace(scope, entry.id), post.payload)) as unknown as Notice;
  await deps.notifier.deliver(scope.tenant, notice);
}

/**
 * `slot~<grant>` gives back that grant, `slot~end~<attempt>` all that the run holds or waits for: unless it has been opened
 * again since, and asks for a slot of its own.
 */
async function giveSlotBack(deps: DeliveryDeps, scope: RunScope, entry: OutboxEntry): Promise<void> {
  const { head } = (await deps.runs.readHead(scope)) ?? {};
  if (head === undefined || head.slot === null) throw new TypeError('a run without a limit has no slot to give back');
  const [, which] = entry.id.split('~');
  const all = which === 'end';
  if (all && !isEndState(head.state)) return;
  await releaseSlot(deps, scope.tenant, head.slot.key, scope.run, all ? null : Number(which));
}
