/**
 * How an instance ends, is renewed, or is held before its end. As on Azure, an orchestration neither completes nor continues
 * as new before every timer not cancelled has fired and every activity not awaited has ended; the log says so after 5 s.
 */
import type { Core } from './core.ts';
import type { Dispatch } from './dispatch.ts';
import { entityInstance } from './entity-rows.ts';
import { orchestratorFailed } from './failure.ts';
import { emptyMemory, type Live, type Memory } from './live.ts';
import type { Command, Letter, Message, RuntimeStatus } from './records.ts';
import { ACTION, leavesOf, type SdkAction } from './sdk/actions.ts';
import type { Decision } from './sdk/decision.ts';
import { EVENT } from './sdk/payload.ts';

const TELL_AFTER_MS = 5000;

export class Ending {
  private readonly core: Core;
  private readonly dispatch: Dispatch;

  constructor(core: Core, dispatch: Dispatch) {
    this.core = core;
    this.dispatch = dispatch;
  }

  finish(live: Live, memory: Memory, decision: Decision): void {
    if (decision.outcome === 'failed') {
      this.tellFailure(live);
      this.fail(live, memory, decision.error ?? '');
      return;
    }
    this.close(live, memory, 'Completed', decision.output);
    this.core.tellParent(live, { output: decision.output });
  }

  /** Without the error, which may hold data; the status shows it. */
  tellFailure({ row }: Live): void {
    this.core.log('warning', 'The orchestration failed', { name: row.name, instance: row.id });
  }

  fail(live: Live, memory: Memory, message: string): void {
    const text = orchestratorFailed(live.row.name, message);
    this.close(live, memory, 'Failed', JSON.stringify(text));
    this.core.tellParent(live, { failure: text });
  }

  terminate(live: Live, memory: Memory, reason: string): void {
    this.close(live, memory, 'Terminated', JSON.stringify(reason));
    this.core.tellParent(live, { failure: `Orchestrator function '${live.row.name}' failed: ${reason}` });
  }

  /** The first generation's end is the next one's start; `carried` are events that nobody has waited for yet. */
  renew(live: Live, memory: Memory, decision: Decision, carried: Letter[]): void {
    const { core } = this;
    const { row } = live;
    this.release(memory);
    const again = core.options.weather?.lastEventAgain(row.id, row.gen) ? lastEvent(memory) : undefined;
    row.gen += 1;
    row.exec = core.newExec();
    row.input = decision.output;
    row.fresh = 1;
    row.updated = core.now();
    live.memory = emptyMemory();
    live.heldSince = 0;
    live.heldTold = false;
    live.letters.unshift(...carried);
    const written = { ...row };
    core.write(live, () => {
      core.tables.deleteHistory(row.n);
      core.tables.renewInstance(written);
    });
    if (again) core.post(live, again);
  }

  /**
   * Events of the last batch that no wait has taken stay for the next generation. An older one, behind which something else
   * completed, is lost on Azure (40 of 40): lost here too, and said.
   */
  carriedOver(live: Live, memory: Memory, actions: readonly SdkAction[], letters: readonly Letter[]): Letter[] {
    const left = new Map<string, number>();
    for (const event of memory.events) {
      if (event.EventType !== EVENT.EventRaised) continue;
      const name = event['Name'] as string;
      left.set(name, (left.get(name) ?? 0) + 1);
    }
    if (left.size === 0) return [];
    for (const leaf of actions.flatMap((action) => leavesOf(action))) {
      if (leaf.actionType !== ACTION.wait) continue;
      const name = leaf.externalEventName ?? '';
      left.set(name, (left.get(name) ?? 0) - 1);
    }
    if (this.core.options.weather?.carriedLost(live.row.id, live.row.gen)) return [];
    const carried: Letter[] = [];
    for (const letter of letters.toReversed()) {
      const { message } = letter;
      if (message.k !== 'event') continue;
      const count = left.get(message.name) ?? 0;
      if (count <= 0) continue;
      left.set(message.name, count - 1);
      carried.unshift(letter);
    }
    const lost = [...left].filter(([, count]) => count > 0).map(([name]) => name);
    if (lost.length > 0)
      this.core.log('warning', `continueAsNew lost events that nobody waited for: ${lost.join(', ')}`, {
        instance: live.row.id,
      });
    return carried;
  }

  /** The end has to wait; said once, after 5 s. */
  hold(live: Live, memory: Memory, outcome: Decision['outcome']): void {
    if (live.heldSince !== 0) return;
    live.heldSince = this.core.now();
    const { gen } = live.row;
    const timer = setTimeout(() => {
      if (live.row.gen !== gen || live.heldTold || live.row.status !== 'Running') return;
      live.heldTold = true;
      const open = [...memory.open.values()].map((command) => ('name' in command ? command.name : command.c));
      const what = outcome === 'continued' ? 'continueAsNew' : 'Completion';
      this.core.log('warning', `${what} waits, as on Azure, for what is still open: ${[...new Set(open)].join(', ')}`, {
        code: 'END_WAITS',
        instance: live.row.id,
        open: open.length,
      });
    }, TELL_AFTER_MS);
    timer.unref();
  }

  /** Locks end with their owner. */
  private release(memory: Memory): void {
    const { lock } = memory;
    if (!lock) return;
    for (const entity of lock.set) this.core.post(entityInstance(this.core, entity), { k: 'unlock', owner: lock.id });
  }

  private close(live: Live, memory: Memory, status: RuntimeStatus, output: string | null): void {
    const { core } = this;
    const open: Command[] = [...memory.open.values()];
    this.release(memory);
    for (const command of open) if (command.c === 'timer') this.dispatch.cancelTimer(command);
    const rows = open.flatMap((command) => ('q' in command && command.q > 0 ? [command.q] : []));
    const consume = core.consume(live.letters.splice(0));
    live.row.status = status;
    live.row.output = output;
    live.row.fresh = 0;
    live.suspended = false;
    live.memory = undefined;
    const save = core.saveRow(live);
    core.write(live, () => {
      for (const seq of rows) core.tables.dequeue(seq);
      consume();
      save();
    });
  }
}

function lastEvent(memory: Memory): Message | undefined {
  const event = memory.events.findLast(({ EventType }) => EventType === EVENT.EventRaised);
  return event && { k: 'event', name: event['Name'] as string, input: event['Input'] as string };
}
