/**
 * One instance in memory: its row, its letters and, while it is worked on, its history as the SDK wants it.
 * Idle instances are dropped (see cache.ts) and rebuilt from the file, so nothing may live here alone.
 */
import type { Command, Episode, InstanceRow, Letter } from './records.ts';
import { commandEvent, completedEvent, episodeEvents, type SdkEvent } from './sdk/payload.ts';

export class Live {
  readonly row: InstanceRow;
  readonly letters: Letter[] = [];
  /** An episode is under way. */
  busy = false;
  /** Stands in the ready queue. */
  queued = false;
  /** Writes not yet committed; such an instance must not be dropped. */
  dirty = 0;
  /** Activities and calls that run now. */
  running = 0;
  suspended: boolean;
  /** Stands still until then (rough weather after a crash). */
  stalledUntil = 0;
  /** Must be replayed although nothing new came. */
  rewound = false;
  memory: Memory | undefined;
  /** Since when the end of the orchestration waits for open timers or activities. */
  heldSince = 0;
  heldTold = false;
  lengthTold = false;
  /** It was said that this host leaves it alone because of its version. */
  rejectionTold = false;
  /** How long the last replay took, in ms: long ones are given time to gather completions. */
  lastReplayMs = 0;

  constructor(row: InstanceRow) {
    this.row = row;
    this.suspended = row.status === 'Suspended';
  }

  get idle(): boolean {
    return !this.busy && !this.queued && this.dirty === 0 && this.running === 0 && this.letters.length === 0;
  }
}

/** History of the present generation and what follows from it. */
export interface Memory {
  events: SdkEvent[];
  /** Commands without a completion, by event id. */
  open: Map<number, Command>;
  signatures: string[];
  nid: number;
  /** Number of episodes written. */
  episodes: number;
  /** The lock that is held, for schema V4. */
  lock: { id: string; set: string[] } | undefined;
}

export function emptyMemory(): Memory {
  return { events: [], open: new Map(), signatures: [], nid: 0, episodes: 0, lock: undefined };
}

/** Takes a committed episode into memory; `events` may be given when they exist already. */
export function remember(memory: Memory, episode: Episode, row: InstanceRow, full: boolean, events?: SdkEvent[]): void {
  if (events) {
    for (const command of episode.c) {
      const event = commandEvent(command, full);
      if (event) memory.events.push(event);
      if (event && full) event.Timestamp = new Date(episode.t);
    }
    if (full) memory.events.push(completedEvent(episode.t));
  } else {
    for (const event of episodeEvents(episode, row, full)) memory.events.push(event);
  }
  for (const received of episode.x) {
    if ('i' in received && received.i !== undefined) memory.open.delete(received.i);
  }
  for (const command of episode.c) {
    if (command.c === 'release') memory.lock = undefined;
    if (command.c === 'lock') memory.lock = { id: command.id, set: command.set };
    if (command.c !== 'signal' && command.c !== 'release') memory.open.set(command.i, command);
  }
  for (const id of episode.z ?? []) memory.open.delete(id);
  for (const signature of episode.a) memory.signatures.push(signature);
  memory.nid = episode.nid;
  memory.episodes += 1;
}

export function rebuild(row: InstanceRow, episodes: readonly Episode[], full: boolean): Memory {
  const memory = emptyMemory();
  for (const episode of episodes) remember(memory, episode, row, full);
  return memory;
}
