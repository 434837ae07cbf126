/**
 * Counts what waits, for the gauges: open approvals and effects without a known outcome, with the age of the oldest. Reads
 * a bounded number of runs, the newest first; what ages without end is still seen through its alert, because it is asked
 * for each minute anew.
 */
import { later } from '../domain/instant.ts';
import type { Deps } from '../ports/deps.ts';
import type { TenantId } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import type { Head, RunState } from '../domain/run/head.ts';

type Measurer = Pick<Deps, 'runs' | 'clock' | 'telemetry'>;

/** Runs that can hold an open approval or an open effect. */
const STATES: readonly RunState[] = ['SUSPENDED', 'RUNNING', 'PAUSED', 'FAILED', 'CANCELLED'];
/** Ended runs are looked at for so long after their start; the sweep goes on asking for their effects longer. */
const ENDED_SINCE_MS = 7 * 86_400_000;
const PAGE = 200;
const MOST_PAGES = 10;
/** Runs whose effects are read one by one. */
const MOST_LEDGERS = 50;

interface Tally {
  waiting: number;
  oldest: Instant | null;
  intended: number;
  unknown: number;
  oldestUnknown: Instant | null;
  ledgers: number;
}

export async function measureRuns(deps: Measurer, tenants: readonly TenantId[]): Promise<void> {
  const now = deps.clock.now();
  const tally: Tally = { waiting: 0, oldest: null, intended: 0, unknown: 0, oldestUnknown: null, ledgers: 0 };
  for (const tenant of tenants) {
    for (const state of STATES) await measureState(deps, tenant, state, tally, now);
  }
  const { waiting, oldest, intended, unknown, oldestUnknown } = tally;
  deps.telemetry.event('approvals.measured', { waiting, oldestSeconds: age(oldest, now) });
  deps.telemetry.event('effects.measured', { state: 'intended', count: intended });
  deps.telemetry.event('effects.measured', {
    state: 'unknown',
    count: unknown,
    oldestSeconds: age(oldestUnknown, now),
  });
}

async function measureState(
  deps: Measurer,
  tenant: TenantId,
  state: RunState,
  tally: Tally,
  now: Instant,
): Promise<void> {
  const ended = state === 'FAILED' || state === 'CANCELLED';
  const createdFrom = later(now, -ENDED_SINCE_MS);
  const filter = ended ? { state, createdFrom } : { state };
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page: { readonly items: readonly Head[]; readonly cursor: string | null } = await deps.runs.listRuns(
      tenant,
      filter,
      PAGE,
      cursor,
    );
    for (const head of page.items) await measureHead(deps, head, tally);
    cursor = page.cursor;
    if (cursor === null) return;
  }
}

async function measureHead(deps: Measurer, head: Head, tally: Tally): Promise<void> {
  let open = 0;
  for (const row of head.rows) {
    open += row.openEffects;
    if (row.state !== 'SUSPENDED' || row.reason !== 'APPROVAL' || row.decided) continue;
    tally.waiting += 1;
    tally.oldest = earlier(tally.oldest, row.since);
  }
  if (open === 0) return;
  if (tally.ledgers >= MOST_LEDGERS) {
    tally.unknown += open;
    return;
  }
  tally.ledgers += 1;
  const effects = await deps.runs.listDocuments({ tenant: head.tenant, run: head.run }, 'effect');
  for (const effect of effects) {
    if (effect.state === 'intended') tally.intended += 1;
    if (effect.state !== 'unknown') continue;
    tally.unknown += 1;
    tally.oldestUnknown = earlier(tally.oldestUnknown, effect.until ?? head.rows[effect.step]?.since ?? null);
  }
}

const earlier = (a: Instant | null, b: Instant | null): Instant | null => (a === null || (b !== null && b < a) ? b : a);
const age = (since: Instant | null, now: Instant): number =>
  since === null ? 0 : Math.max(0, Math.round((Date.parse(now) - Date.parse(since)) / 1000));
