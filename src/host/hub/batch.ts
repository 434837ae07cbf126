/**
 * Which of the waiting letters go into the next replay, and in which order. Pure; apart because the order carries the event ids.
 *
 * The cut rule: some completions make the SDK take a new event id without resuming user code (a failed attempt that is
 * retried, a retry timer, a 202 that is polled). They are *dynamic*. A replay receives `[normal* dynamic*]`, so that ids taken by
 * user code always come before ids taken by dynamic ones. Nobody can see a dynamic one being overtaken, so those of a batch go to its
 * end; letters behind a normal one never wait for another replay.
 */
import type { Live, Memory } from './live.ts';
import type { Command, Letter, Message, Received } from './records.ts';

export interface Batch {
  /** What the replay receives, with the command that each one answers. */
  taken: { letter: Letter; received: Received; command?: Command; dynamic: boolean }[];
  /** Letters that no longer mean anything. */
  dropped: Letter[];
  /** A letter for the host itself; comes only when nothing stands before it. */
  control?: Letter;
  /** Letters taken from the front of the mailbox in all. */
  length: number;
}

/** Letters for the host itself. */
export function isControl(message: Message): boolean {
  return message.k === 'terminate' || message.k === 'suspend' || message.k === 'resume';
}

export function takeBatch(live: Live, memory: Memory, limit: number): Batch {
  const batch: Batch = { taken: [], dropped: [], length: 0 };
  const dynamic: Batch['taken'] = [];
  const answered = new Set<number>();
  for (const letter of live.letters) {
    const count = batch.taken.length + dynamic.length;
    if (count >= limit) break;
    const { message } = letter;
    if (isControl(message)) {
      if (count > 0) break;
      batch.control = letter;
      batch.length += 1;
      return batch;
    }
    batch.length += 1;
    if (message.k === 'event') {
      batch.taken.push({ letter, received: { e: 'raised', name: message.name, input: message.input }, dynamic: false });
      continue;
    }
    const command = 'g' in message && message.g === live.row.gen ? memory.open.get(message.i) : undefined;
    const received = command && !answered.has(command.i) ? receivedFrom(message, command) : undefined;
    if (!command || !received) {
      batch.dropped.push(letter);
      continue;
    }
    answered.add(command.i);
    if (isDynamic(message, command)) dynamic.push({ letter, received, command, dynamic: true });
    else batch.taken.push({ letter, received, command, dynamic: false });
  }
  for (const one of dynamic) batch.taken.push(one);
  return batch;
}

function receivedFrom(message: Message, command: Command): Received | undefined {
  const sub = command.c === 'child' ? ({ sub: true } as const) : {};
  if (message.k === 'done') return { e: 'done', i: message.i, r: message.r, ...sub };
  if (message.k === 'fail') return { e: 'fail', i: message.i, f: message.f, ...sub };
  if (message.k === 'timer') return command.c === 'timer' ? { e: 'timer', i: message.i, at: command.at } : undefined;
  if (message.k === 'reply' && (command.c === 'call' || command.c === 'lock'))
    return { e: 'raised', name: command.id, input: message.input, i: message.i };
  return undefined;
}

function isDynamic(message: Message, command: Command): boolean {
  if (message.k === 'fail') return (command.c === 'task' || command.c === 'child') && command.retry !== undefined;
  if (message.k === 'timer') return command.c === 'timer' && command.again !== undefined && command.last !== true;
  if (message.k === 'done') return command.c === 'http' && pollTarget(command, message.r) !== undefined;
  return false;
}

/** Where a 202 answer asks to look again, and after how many ms; undefined when it is final. */
export function pollTarget(
  command: Extract<Command, { c: 'http' }>,
  result: string,
): { location: string; delay: number } | undefined {
  if (!command.call.poll) return undefined;
  const response = JSON.parse(result) as { statusCode: number; headers?: Record<string, string> };
  if (response.statusCode !== 202) return undefined;
  const header = (wanted: string) =>
    Object.entries(response.headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
  const location = header('location');
  if (!location) return undefined;
  const seconds = Number(header('retry-after') ?? NaN);
  return { location, delay: Number.isFinite(seconds) ? seconds * 1000 : 30_000 };
}
