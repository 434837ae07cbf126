/**
 * One turn of a lane: look at the record, work what it says, commit, answer. What was answered is what was committed, so
 * a lane may be lost at any moment and an activity repeated at any time. A turn that goes straight on builds upon its last
 * commit at once; the lane is answered when all of them are durable and their other lanes are started.
 */
import { msOf } from '../domain/instant.ts';
import { commitRun, type Committed } from '../app/commit-run.ts';
import { follow } from '../app/follow-up.ts';
import { PlatformFault } from '../domain/errors.ts';
import type { RunScope } from '../domain/ids.ts';
import type { LaneTurn, Out, TurnVerb } from '../domain/run/head.ts';
import { turnFor } from '../domain/run/topology.ts';
import type { StoredHead } from '../ports/run-store.ts';
import { beginRun } from './begin.ts';
import type { Deps } from '../ports/deps.ts';
import { endRun } from './end.ts';
import { classify, lanesToRestart, stopOut, type Found } from './turn-classify.ts';
import { workStep, type Verbs } from './step-work.ts';

export interface TurnOptions {
  /**
   * For so long an activity goes straight on with the next turn of its lane, if that is internal work: the same commits
   * without the round trip through the hub. 0 gives every turn to the hub.
   */
  readonly straightOnMs: number;
}

/** Verbs that reach nothing outside: repeating or cutting short their turn costs nothing. */
const INTERNAL: readonly TurnVerb[] = ['BEGIN', 'TRANSFORM', 'LOGIC_GATE', 'END'];
const STALE_MS = 10_000;

/**
 * Works a turn and answers what stands in the record for it, the same however often it is asked. Throws `PlatformFault` only: for
 * what another attempt may cure.
 */
export async function workTurn(deps: Deps, verbs: Verbs, first: LaneTurn, options: TurnOptions): Promise<Out> {
  const until = msOf(deps.clock.now()) + options.straightOnMs;
  const settled: Promise<void>[] = [];
  let turn = first;
  let known: StoredHead | null = null;
  try {
    for (;;) {
      const { out, committed }: TurnDone = await oneTurn(deps, verbs, turn, known);
      if (committed === null) return out;
      settled.push(committed.settled);
      const { next, sleepUntil, doorbell } = out;
      if (next === null || sleepUntil !== null || doorbell !== null || !INTERNAL.includes(next.verb)) return out;
      if (msOf(deps.clock.now()) >= until) return out;
      turn = { ...next, lane: first.lane };
      known = committed;
    }
  } finally {
    await Promise.all(settled);
  }
}

interface TurnDone {
  readonly out: Out;
  /** What this turn committed, if it did. */
  readonly committed: Extract<Committed, { ok: true }> | null;
}

async function oneTurn(deps: Deps, verbs: Verbs, turn: LaneTurn, known: StoredHead | null): Promise<TurnDone> {
  if (turn.verb === 'PROBE') return { out: stopOut(turn.fence), committed: null };
  const found = await look(deps, turn, known);
  switch (found.kind) {
    case 'ANSWERED':
      return { out: await answerAgain(deps, turn, found), committed: null };
    case 'WORK':
      return answer(turn, await work(deps, verbs, turn, found));
    case 'EARLY':
      return answer(turn, await wokenEarly(deps, turn, found.stored));
    default:
      return { out: stopOut(turn.fence), committed: null };
  }
}

/** Reads until the record is at least as new as the turn; a record that stays behind is the platform's fault. */
async function look(deps: Deps, turn: LaneTurn, known: StoredHead | null): Promise<Found> {
  const scope: RunScope = { tenant: turn.tenant, run: turn.run };
  const until = msOf(deps.clock.now()) + STALE_MS;
  let stored = known ?? (await deps.runs.readHead(scope));
  for (let wait = 20; ; wait = Math.min(1_000, wait * 2)) {
    const found = classify(stored, turn);
    if (found.kind !== 'STALE') return found;
    if (msOf(deps.clock.now()) >= until) {
      throw new PlatformFault('STALE_READ', `run ${turn.run}: the record of step ${turn.step} stays behind its turn`);
    }
    await deps.clock.sleep(wait);
    stored = await deps.runs.readHead(scope);
  }
}

function work(deps: Deps, verbs: Verbs, turn: LaneTurn, found: Extract<Found, { kind: 'WORK' }>): Promise<Committed> {
  if (turn.verb === 'BEGIN') return beginRun(deps, turn, found);
  if (turn.verb === 'END') return endRun(deps, turn, found);
  return workStep(deps, verbs, turn, found);
}

function wokenEarly(deps: Deps, turn: LaneTurn, stored: StoredHead): Promise<Committed> {
  const { step, fence, lane } = turn;
  return commitRun(deps, turn, () => ({ event: { type: 'WOKEN_EARLY', step, fence, lane } }), stored);
}

/** The committed answer; when the commit was refused, another execution of this turn may have left one. */
function answer(turn: LaneTurn, committed: Committed): TurnDone {
  const out = committed.head?.rows[turn.step]?.out;
  return { out: out?.fence === turn.fence ? out : stopOut(turn.fence), committed: committed.ok ? committed : null };
}

async function answerAgain(
  deps: Deps,
  turn: LaneTurn,
  { out, stored, row }: Extract<Found, { kind: 'ANSWERED' }>,
): Promise<Out> {
  const { head } = stored;
  const lost = lanesToRestart(stored, row);
  if (lost.length === 0) return out;
  const plan = await deps.plans.get(head.tenant, head.workflow, head.version);
  const starts = lost.flatMap(({ lane, step, fence }) =>
    lane === null || lane === turn.lane ? [] : [{ lane, turn: turnFor(plan, head, step, fence) }],
  );
  await follow(deps, turn, head, { starts, rings: [], aborts: [], voids: [] });
  return out;
}
