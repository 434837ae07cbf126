/**
 * What became of the records of a write, told from its effect slots. Pure. Records of one request with the same outcome are
 * told together, so that every record is told in little room: `count` of them from `index` on, with their keys where they
 * have any. What does not fit is counted all the same; refused and unknown records are listed first.
 */
import type { Json, JsonObject } from '../json.ts';
import type { EffectDocument } from '../run/documents.ts';

/** One request of the write as its slot has it. */
export interface Sent {
  readonly batch: number;
  readonly state: EffectDocument['state'];
  readonly count: number;
  readonly keys: readonly string[] | null;
  /** Why all of it was refused. */
  readonly reason: Json;
  /** What the target left out of a request that it confirmed. */
  readonly refused: readonly { readonly index: number; readonly reason: Json }[];
}

/** `refused` was surely not written, `unknown` may have been, `unsent` never left. */
type Outcome = 'refused' | 'unknown' | 'confirmed' | 'unsent';
const ORDER: readonly Outcome[] = ['refused', 'unknown', 'confirmed', 'unsent'];

interface Run {
  readonly outcome: Outcome;
  readonly batch: number | null;
  readonly index: number;
  readonly count: number;
  readonly keys: readonly string[] | null;
  readonly reason: Json;
}

/** Characters of all that is listed, and of one reason. */
const MOST_LISTED = 32 * 1024;
const MOST_REASON = 1_000;

/** `total`: how many records there were to write; null where the write did not come to know. */
export function tally(sent: readonly Sent[], total: number | null): JsonObject {
  const runs: Run[] = [];
  let index = 0;
  for (const request of sent.toSorted((a, b) => a.batch - b.batch)) {
    runs.push(...runsOf(request, index));
    index += request.count;
  }
  if (total !== null && total > index)
    runs.push({ outcome: 'unsent', batch: null, index, count: total - index, keys: null, reason: null });
  const { listed, left } = list(runs);
  const count = (outcome: Outcome): number => sum(runs.filter((run) => run.outcome === outcome));
  return {
    confirmed: count('confirmed'),
    refused: count('refused'),
    unknown: count('unknown'),
    unsent: total === null ? null : count('unsent'),
    outcomes: listed,
    notListed: sum(left),
  };
}

const sum = (runs: readonly Run[]): number => runs.reduce((count, run) => count + run.count, 0);

function runsOf(request: Sent, offset: number): readonly Run[] {
  const { batch, state, count, keys } = request;
  const outcome = state === 'intended' ? 'unknown' : state;
  const run = (from: number, to: number, as: Outcome, reason: Json): Run => ({
    outcome: as,
    batch,
    index: offset + from,
    count: to - from,
    keys: keys?.slice(from, to) ?? null,
    reason,
  });
  if (outcome !== 'confirmed') return [run(0, count, outcome, request.reason)];
  const without = new Map(request.refused.map(({ index, reason }) => [index, reason]));
  const runs: Run[] = [];
  let from = 0;
  for (let at = 0; at < count; at++) {
    const reason = without.get(at);
    if (reason === undefined) continue;
    if (at > from) runs.push(run(from, at, 'confirmed', null));
    runs.push(run(at, at + 1, 'refused', reason));
    from = at + 1;
  }
  return count > from ? [...runs, run(from, count, 'confirmed', null)] : runs;
}

/** Lists what fits. Keys and reasons have the first half of the room, so that they leave no run unlisted that is short without them. */
function list(runs: readonly Run[]): { readonly listed: readonly Json[]; readonly left: readonly Run[] } {
  const listed: Json[] = [];
  const left: Run[] = [];
  let room = MOST_LISTED;
  for (const outcome of ORDER) {
    for (const run of runs.filter((each) => each.outcome === outcome)) {
      const ways = [run, { ...run, keys: null }].map(entry);
      const bare = entry({ ...run, keys: null, reason: null });
      const shown = ways.find((each) => sizeOf(each) <= room - MOST_LISTED / 2) ?? bare;
      if (sizeOf(shown) > room) {
        left.push(run);
      } else {
        room -= sizeOf(shown);
        listed.push(shown);
      }
    }
  }
  return { listed, left };
}

const sizeOf = (value: Json): number => JSON.stringify(value).length;

function entry({ outcome, batch, index, count, keys, reason }: Run): JsonObject {
  return {
    outcome,
    ...(batch === null ? {} : { batch }),
    index,
    count,
    ...(keys === null ? {} : { keys: [...keys] }),
    ...(reason === null ? {} : { reason: short(reason) }),
  };
}

function short(reason: Json): Json {
  const text = JSON.stringify(reason);
  return text.length <= MOST_REASON ? reason : `${text.slice(0, MOST_REASON).toWellFormed()}…`;
}
