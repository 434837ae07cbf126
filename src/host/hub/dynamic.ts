/**
 * Commands that follow from completions without user code: timers after failed attempts, the attempts after those timers,
 * the polls after a 202. They take their event ids after those of user code, in the order of arrival (see batch.ts). Pure.
 */
import { pollTarget, type Batch } from './batch.ts';
import type { Command } from './records.ts';
import { attemptAfterTimer, timerAfterFailure } from './retry.ts';

export function dynamicCommands(
  batch: Batch,
  nid: number,
  now: number,
  exec: string,
  nextRow: () => number,
): { commands: Command[]; nid: number } {
  const commands: Command[] = [];
  let next = nid;
  for (const { command, dynamic, received } of batch.taken) {
    if (!dynamic || !command) continue;
    if (received.e === 'fail' && (command.c === 'task' || command.c === 'child')) {
      commands.push(timerAfterFailure(command, next, nextRow(), now));
      next += 1;
    } else if (received.e === 'timer' && command.c === 'timer' && command.again) {
      commands.push(attemptAfterTimer(command.again, next, command.again.c === 'task' ? nextRow() : 0, exec));
      next += 1;
    } else if (received.e === 'done' && command.c === 'http') {
      const target = pollTarget(command, received.r);
      if (!target) continue;
      const { content: _, ...call } = command.call;
      const uri = new URL(target.location, command.call.uri).href;
      commands.push({ c: 'timer', i: next, q: nextRow(), at: now + target.delay, top: -1, leaf: 0, http: next + 1 });
      commands.push({ c: 'http', i: next + 1, q: nextRow(), call: { ...call, method: 'GET', uri } });
      next += 2;
    }
  }
  return { commands, nid: next };
}
