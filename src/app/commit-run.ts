/**
 * The only way to change a run: read its head, decide, and write head, audit record and documents in one batch under the
 * head's etag; after a conflict read and decide again. Invariants:
 * 1. `decide` may run more than once, each time on a fresh head; it has no effect of its own.
 * 2. Nothing is told, and nothing follows outside, before the commit is durable. What follows may be lost: the sweep repairs it.
 * 3. Only the next internal step of the same lane goes on from a commit that is not durable yet: what a power cut takes back
 *    are then the last commits together, of which nobody has heard.
 */
import { auditEvent } from '../domain/audit/event.ts';
import { record, type AuditEvent } from '../domain/audit/record.ts';
import { PlatformFault } from '../domain/errors.ts';
import { requestId, voided } from '../domain/governance/request.ts';
import { SYSTEM, type PrincipalId, type RunScope } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import { advance } from '../domain/run/advance.ts';
import type { RunDocument } from '../domain/run/documents.ts';
import type { Refusal, RunEvent } from '../domain/run/events.ts';
import type { Head } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import type { StoredHead } from '../ports/run-store.ts';
import { follow } from './follow-up.ts';
import { reportCommit } from './report-commit.ts';
import { inLine, type Slot } from './run-queue.ts';
import { sha256hex } from './sha256.ts';

export type EngineDeps = Pick<Deps, 'runs' | 'plans' | 'lanes' | 'clock' | 'ids' | 'telemetry' | 'settings'>;

export interface Change {
  readonly event: RunEvent;
  readonly by?: PrincipalId;
  readonly put?: readonly RunDocument[];
  readonly remove?: readonly string[];
  /** More for the audit record: ids, codes and numbers. */
  readonly facts?: AuditEvent;
}

/** What is to happen to this head; null when nothing is. */
export type Decide = (head: Head, plan: Plan) => Change | null | Promise<Change | null>;

export type Committed =
  | {
      readonly ok: true;
      readonly head: Head;
      readonly etag: string;
      /** The commit is durable, and what follows from it is done. */
      readonly settled: Promise<void>;
    }
  | { readonly ok: false; readonly refusal: Refusal | 'NO_RUN' | 'NOTHING'; readonly head: Head | null };

const MOST_TRIES = 40;

/** `known` is a head that the caller has just read: it saves one read, and the etag protects from its age. */
export async function commitRun(
  deps: EngineDeps,
  scope: RunScope,
  decide: Decide,
  known: StoredHead | null = null,
): Promise<Committed> {
  const committed = await commitAhead(deps, scope, decide, known);
  if (committed.ok) await committed.settled;
  return committed;
}

/** The same, answered before the disk has it: for a turn that waits for `settled` before it answers its lane. */
export function commitAhead(
  deps: EngineDeps,
  scope: RunScope,
  decide: Decide,
  known: StoredHead | null = null,
): Promise<Committed> {
  return inLine(deps.runs, scope, (slot) => attempt(deps, scope, decide, slot, known));
}

async function attempt(
  deps: EngineDeps,
  scope: RunScope,
  decide: Decide,
  slot: Slot,
  known: StoredHead | null,
): Promise<Committed> {
  let stored: StoredHead | null = slot.last ?? known;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (tries > 0) await deps.clock.sleep(pauseMs(deps, tries));
    stored ??= await deps.runs.readHead(scope);
    if (stored === null) return { ok: false, refusal: 'NO_RUN', head: null };
    const done = await tryOnce(deps, scope, decide, stored, slot);
    if (done !== 'conflict') {
      // A refusal is told at once: it must not rest on what a power cut could still take back.
      if (!done.ok) await slot.last?.durable;
      return done;
    }
    stored = null;
    slot.last = null;
  }
  throw new PlatformFault('CONFLICT', `run ${scope.run}: ${MOST_TRIES} commits in a row lost their etag`);
}

async function tryOnce(
  deps: EngineDeps,
  scope: RunScope,
  decide: Decide,
  stored: StoredHead,
  slot: Slot,
): Promise<Committed | 'conflict'> {
  const { head } = stored;
  const plan = await deps.plans.get(scope.tenant, head.workflow, head.version);
  const change = await decide(head, plan);
  if (change === null) return { ok: false, refusal: 'NOTHING', head };
  const now = deps.clock.now();
  const advanced = advance(plan, head, change.event, now, deps.settings);
  if (!advanced.ok) return { ok: false, refusal: advanced.refusal, head };
  const { voids } = advanced.effects;
  const put = voids.length === 0 ? (change.put ?? []) : await voidRequests(deps, scope, voids, change.put ?? [], now);
  const remove = change.remove ?? [];
  const event = auditEvent(change.event, change.facts);
  const what = { at: now, by: change.by ?? SYSTEM, event, put, remove };
  const next = record(head, advanced.head, what, sha256hex);
  const written = await deps.runs.commit(scope, stored.etag, { head: next.head, audit: next.audit, put, remove });
  if (written === 'conflict') return 'conflict';
  slot.last = { head: next.head, ...written };
  const settled = written.durable.then(() => {
    reportCommit(deps.telemetry, plan, head, next.head, change.event);
    return follow(deps, scope, next.head, advanced.effects);
  });
  return { ok: true, ...slot.last, settled };
}

/** Short and scattered: the winner's commit is already durable when the loser reads again. */
function pauseMs(deps: EngineDeps, tries: number): number {
  const most = Math.min(250, 4 * 2 ** Math.min(tries, 6));
  return Math.round(((deps.ids.bytes(1)[0] ?? 0) / 255) * most);
}

/**
 * Nobody decides any more over what a cancelled step had asked, or would ask with this very commit. A request stays what
 * it was: its revision names the place of its seal.
 */
async function voidRequests(
  deps: EngineDeps,
  scope: RunScope,
  steps: readonly number[],
  put: readonly RunDocument[],
  now: Instant,
): Promise<readonly RunDocument[]> {
  const written = new Set(put.map((document) => document.id));
  const ids = steps.map(requestId);
  const standing = await deps.runs.readDocuments(
    scope,
    'request',
    ids.filter((id) => !written.has(id)),
  );
  const close = (document: RunDocument): RunDocument =>
    document.kind === 'request' && document.state === 'OPEN' && ids.includes(document.id)
      ? voided(document, now)
      : document;
  return [...put.map(close), ...standing.filter((request) => request.state === 'OPEN').map(close)];
}
