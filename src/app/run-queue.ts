/**
 * One writer per run in this process: commits to a run wait for each other instead of losing their etags to each other,
 * and the next one starts from the head that the last one wrote. Other processes are held off by the etag alone.
 * Nothing is kept for a run that nobody is committing to.
 */
import type { RunScope } from '../domain/ids.ts';
import type { RunStore, StoredHead, Written } from '../ports/run-store.ts';

interface Line {
  tail: Promise<unknown>;
  waiting: number;
  last: Slot['last'];
}

const lines = new WeakMap<RunStore, Map<string, Line>>();

/** What a commit learns from the one before it, and leaves to the next. */
export interface Slot {
  last: (StoredHead & Written) | null;
}

export async function inLine<Result>(
  store: RunStore,
  scope: RunScope,
  work: (slot: Slot) => Promise<Result>,
): Promise<Result> {
  let byRun = lines.get(store);
  if (byRun === undefined) lines.set(store, (byRun = new Map()));
  const key = `${scope.tenant}/${scope.run}`;
  let line = byRun.get(key);
  if (line === undefined) byRun.set(key, (line = { tail: Promise.resolve(), waiting: 0, last: null }));
  const mine = line;
  mine.waiting += 1;
  const before = mine.tail;
  const done = mine.waiting === 1 ? work(mine) : before.then(() => work(mine));
  mine.tail = done.then(ignore, ignore);
  try {
    return await done;
  } finally {
    mine.waiting -= 1;
    if (mine.waiting === 0) byRun.delete(key);
  }
}

/** The next in line does not care how this one ended; the caller of this one does, and gets the rejection itself. */
const ignore = (): void => undefined;
