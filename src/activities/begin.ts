/**
 * Turn of `$begin`: the run takes its slot, if its workflow has a limit, and its roots are claimed. The same turn lets a
 * run go on that gave its slot back while it waited.
 */
import { between, later } from '../domain/instant.ts';
import { commitAhead, commitRun, type Committed } from '../app/commit-run.ts';
import { acquireSlot, releaseSlot } from '../app/concurrency.ts';
import type { Instant } from '../domain/json.ts';
import type { Head, LaneTurn } from '../domain/run/head.ts';
import type { ConcurrencyRule } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import type { Found } from './turn-classify.ts';

/** A waiting run asks by itself after 30 s, then less and less often: a free slot is announced, this is for lost announcements. */
const SHORTEST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;

type Work = Extract<Found, { kind: 'WORK' }>;

export async function beginRun(deps: Deps, turn: LaneTurn, found: Work): Promise<Committed> {
  const { head } = found.stored;
  const { fence, lane } = turn;
  const plan = await deps.plans.get(turn.tenant, head.workflow, head.version);
  if (plan.concurrency === null || head.slot === null) {
    return commitAhead(deps, turn, () => ({ event: { type: 'BEGUN', fence, lane } }), found.stored);
  }
  return beginInLine(deps, turn, found, plan.concurrency, head.slot.key);
}

async function beginInLine(
  deps: Deps,
  turn: LaneTurn,
  found: Work,
  rule: ConcurrencyRule,
  key: string,
): Promise<Committed> {
  const { fence, lane, tenant, run } = turn;
  const resumed = hasRun(found.stored.head);
  const { grant, since } = await acquireSlot(deps, tenant, key, { run, fence, rule, resumed });
  const now = deps.clock.now();
  if (grant === null) {
    const expired = !resumed && rule.maxWaitMs !== null && between(since, now) >= rule.maxWaitMs;
    const event = expired
      ? ({ type: 'QUEUE_EXPIRED', fence } as const)
      : ({ type: 'QUEUED', fence, until: askAgainAt(since, now, resumed ? null : rule.maxWaitMs) } as const);
    return commitRun(deps, turn, () => ({ event }), found.stored);
  }
  const slot = { key, grant };
  const committed = await commitRun(deps, turn, () => ({ event: { type: 'BEGUN', fence, lane, slot } }), found.stored);
  const holds = committed.head?.slot?.grant === grant;
  if (!committed.ok && !holds) await releaseSlot(deps, tenant, key, run, grant);
  return committed;
}

/** It gave its slot back while it waited: it queues ahead of runs that have not begun. */
const hasRun = (head: Head): boolean => head.rows.some((row) => row.step > 0 && row.startedAt !== null);

function askAgainAt(since: Instant, now: Instant, maxWaitMs: number | null): Instant {
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, between(since, now)));
  const at = later(now, wait);
  const last = maxWaitMs === null ? at : later(since, maxWaitMs);
  return last < at ? last : at;
}
