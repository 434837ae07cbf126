/**
 * Rewind: a failed instance forgets the failure that ended it and runs again from what had succeeded. Failed
 * sub-orchestrations are rewound with it. What was open when it failed is opened anew.
 *
 * Only the last episode's failures are taken back. A failure that user code had caught earlier stays what it is.
 */
import type { Core } from './core.ts';
import type { Dispatch } from './dispatch.ts';
import { rebuild, type Live } from './live.ts';
import { ENDED, type Command, type Episode } from './records.ts';
import type { Work } from './work.ts';

const NOT_FAILED = 'The rewind operation is only supported on failed orchestration instances.';
const TOO_LATE = 'The failure cannot be taken back: the orchestrator asked for more after it.';

/** Answers why it cannot, or nothing when the instance runs again. */
export function rewind(core: Core, dispatch: Dispatch, work: Work, live: Live, reason: string): string | undefined {
  if (live.row.status !== 'Failed' || live.busy) return NOT_FAILED;
  const episodes = core.tables.episodes(live.row.n);
  if (!takeBack(episodes)) return TOO_LATE;
  episodes.push({ t: core.now(), x: [{ e: 'rewound', reason }], c: [], a: [], nid: episodes.at(-1)?.nid ?? 0 });

  const memory = rebuild(live.row, episodes, work.full);
  const reopened: Command[] = [];
  const children: { child: Live; command: Extract<Command, { c: 'child' }> }[] = [];
  for (const command of memory.open.values()) {
    const child = command.c === 'child' ? core.cache.find(command.id) : undefined;
    if (command.c === 'child' && child) children.push({ child, command });
    else {
      if ('q' in command) command.q = core.next(); // the old row is gone; the record is written again below
      reopened.push(command);
    }
  }
  const { row } = live;
  row.status = 'Running';
  row.output = null;
  live.memory = memory;
  live.rewound = true;
  const save = core.saveRow(live);
  const opened = dispatch.open(live, reopened);
  core.write(
    live,
    () => {
      episodes.forEach((episode, ep) => {
        if (ep < episodes.length - 1) core.tables.replaceEpisode(row.n, ep, episode);
        else core.tables.insertEpisode(row.n, ep, episode);
      });
      opened.rows();
      save();
    },
    opened.begin,
  );
  for (const { child, command } of children) {
    if (rewind(core, dispatch, work, child, reason) === undefined || !ENDED.has(child.row.status)) continue;
    const to = { g: row.gen, i: command.i };
    if (child.row.status === 'Completed') core.post(live, { k: 'done', ...to, r: child.row.output ?? 'null' });
    else
      core.post(live, { k: 'fail', ...to, f: { reason: JSON.parse(child.row.output ?? '""') as string, details: '' } });
  }
  core.onReady(live);
  return undefined;
}

/** Removes the failures of the last replay from the record; false when later ids hang on them. */
function takeBack(episodes: Episode[]): boolean {
  const last = episodes.findLast((episode) => episode.x.some(({ e }) => e !== 'suspended' && e !== 'resumed'));
  if (!last) return true;
  const commands = new Map(episodes.flatMap((episode) => episode.c.map((command) => [command.i, command] as const)));
  const fired = last.x.flatMap((received) => (received.e === 'timer' ? [commands.get(received.i)] : []));
  const retried = (i: number) => {
    const command = commands.get(i);
    return command !== undefined && 'retry' in command && command.retry !== undefined;
  };
  last.x = last.x.filter((received) => received.e !== 'fail' || retried(received.i));
  for (const timer of fired) {
    if (timer?.c !== 'timer' || timer.last !== true || !timer.again) continue;
    // The timer behind the last attempt: both go, and the attempt is open again. Its id must have been the newest.
    if (timer.i !== last.nid - 1) return false;
    const attempt = episodes
      .flatMap((episode) => episode.c)
      .findLast((c) => c.c === timer.again?.c && c.i === timer.again.i);
    if (!attempt) return false;
    for (const episode of episodes) {
      episode.c = episode.c.filter((command) => command !== timer);
      episode.x = episode.x.filter(
        (received) =>
          !((received.e === 'timer' && received.i === timer.i) || (received.e === 'fail' && received.i === attempt.i)),
      );
      episode.nid = Math.min(episode.nid, timer.i);
    }
  }
  return true;
}
