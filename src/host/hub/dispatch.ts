/**
 * Opens what an episode asked for: rows for the queue now, work after the commit. Also brings everything open back to life
 * after a restart. Nothing here decides anything.
 */
import type { Core } from './core.ts';
import { workerDied } from './failure.ts';
import type { Live } from './live.ts';
import { ENDED, type Command, type Message } from './records.ts';
import { entityInstance } from './entity-rows.ts';
import type { TimerEntry, Timers } from './timers.ts';
import type { Work } from './work.ts';

type TimerCommand = Extract<Command, { c: 'timer' }>;

/** Instead of an event id: the letter itself lies in the row. */
const LATER = -1;

export class Dispatch {
  private readonly core: Core;
  private readonly timers: Timers;
  private readonly work: Work;

  constructor(core: Core, timers: Timers, work: Work) {
    this.core = core;
    this.timers = timers;
    this.work = work;
  }

  /** `rows` belongs into the episode's transaction, `begin` behind it. Children and entities are told at once: their rows join it. */
  open(live: Live, commands: readonly Command[]): { rows: () => void; begin: () => void } {
    const { n, gen } = live.row;
    const { tables } = this.core;
    const from = { n, id: live.row.id, gen };
    for (const command of commands) {
      if (command.c === 'child') this.child(live, command);
      else if (command.c === 'call') {
        const { id, op, input, i } = command;
        this.core.post(entityInstance(this.core, command.to), { k: 'op', id, name: op, input, from: { ...from, i } });
      } else if (command.c === 'signal') {
        const message: Message = { k: 'op', id: this.core.newExec(), name: command.op, input: command.input };
        const entity = entityInstance(this.core, command.to);
        if (command.at === undefined) this.core.post(entity, message);
        else this.later(entity, command.at, message);
      } else if (command.c === 'lock') {
        const { id, set, i } = command;
        const first = entityInstance(this.core, set[0] as string);
        this.core.post(first, { k: 'lock', id, set, at: 0, from: { ...from, i } });
      } else if (command.c === 'release') {
        for (const entity of command.set)
          this.core.post(entityInstance(this.core, entity), { k: 'unlock', owner: command.id });
      }
    }
    const rows = () => {
      for (const command of commands) {
        if (command.c === 'task' || command.c === 'http')
          tables.enqueue(command.q, n, 'task', 0, { k: 'timer', g: gen, i: command.i });
        else if (command.c === 'timer')
          tables.enqueue(command.q, n, 'timer', command.at, { k: 'timer', g: gen, i: command.i });
      }
    };
    return { rows, begin: () => this.begin(live, gen, commands) };
  }

  cancelTimer(timer: TimerCommand): void {
    if (timer.q > 0) this.timers.cancel(timer.q);
  }

  /** A timer came due. */
  fired(entry: TimerEntry): void {
    const live = this.core.cache.get(entry.n);
    if (!live) return;
    const message: Message =
      entry.i === LATER ? this.core.tables.message(entry.seq) : { k: 'timer', g: entry.g, i: entry.i };
    this.core.deliver(live, { seq: entry.seq, message, consumed: false, written: true });
    if (entry.i === LATER || ENDED.has(live.row.status)) return;
    const memory = (live.memory ??= this.work.memoryOf(live));
    const command = memory.open.get(entry.i);
    const http = command?.c === 'timer' ? command.http : undefined;
    if (http !== undefined) this.poll(live, entry.g, http);
  }

  /** A letter that stays in the file until it is due. */
  private later(live: Live, at: number, message: Message): void {
    const seq = this.core.next();
    this.core.write(
      live,
      () => this.core.tables.enqueue(seq, live.row.n, 'timer', at, message),
      () => this.timers.add({ at, seq, n: live.row.n, g: 0, i: LATER }),
    );
  }

  private begin(live: Live, gen: number, commands: readonly Command[]): void {
    if (live.row.gen !== gen || ENDED.has(live.row.status)) return;
    const polls = new Set(commands.flatMap((command) => (command.c === 'timer' ? [command.http ?? -1] : [])));
    for (const command of commands) {
      if (command.c === 'task') this.task(live, gen, command);
      else if (command.c === 'http' && !polls.has(command.i))
        this.work.http(live, gen, command.i, command.q, command.call);
      else if (command.c === 'timer')
        this.arm(live, { at: command.at, seq: command.q, n: live.row.n, g: gen, i: command.i });
    }
  }

  private arm(live: Live, entry: TimerEntry): void {
    const shift = this.core.options.weather?.timerShift(live.row.id, entry.g, entry.i) ?? 0;
    this.timers.add({ ...entry, at: entry.at + shift });
  }

  private task(live: Live, gen: number, command: Extract<Command, { c: 'task' }>): void {
    if (command.retry?.expired) {
      const f = { reason: `Activity function '${command.name}' failed:  the retry timeout is over.`, details: '' };
      this.core.answer(live, command.q, { k: 'fail', g: gen, i: command.i, f });
      return;
    }
    this.work.activity(live, gen, command.i, command.q, command.name, command.input);
  }

  private poll(live: Live, gen: number, i: number): void {
    const command = live.memory?.open.get(i);
    if (command?.c === 'http') this.work.http(live, gen, command.i, command.q, command.call);
  }

  private child(live: Live, command: Extract<Command, { c: 'child' }>): void {
    const { row } = live;
    const parent = { n: row.n, id: row.id, gen: row.gen, i: command.i };
    const refuse = (reason: string) =>
      this.core.post(live, { k: 'fail', g: row.gen, i: command.i, f: { reason, details: '' } });
    if (command.retry?.expired) {
      refuse(`Orchestrator function '${command.name}' failed: the retry timeout is over.`);
      return;
    }
    const existing = this.core.cache.find(command.id);
    if (existing && !ENDED.has(existing.row.status)) {
      refuse(`An Orchestration instance with the status ${existing.row.status} already exists.`);
      return;
    }
    const version = command.version === undefined ? {} : { version: command.version };
    this.core.create({ id: command.id, name: command.name, input: command.input, parent, ...version }, existing);
  }

  /**
   * After a restart: every queue row becomes what it was. When the app ended the last process, what it had in hand fails, as
   * with a killed worker on Azure: an activity that loops or crashes would do so again at every restart. Activities begin in
   * the order of their rows, so those in hand are among the first.
   */
  recover(appDied: boolean): void {
    const { core } = this;
    const { weather } = core.options;
    let inHand = appDied ? core.options.maxActivities : 0;
    for (const row of core.tables.queueRows()) {
      const message = JSON.parse(row.data) as Message;
      if (row.kind === 'timer') {
        const { g = 0, i = LATER } = message as { g?: number; i?: number };
        const entry = { at: row.at, seq: row.seq, n: row.n, g, i };
        const owner = core.options.weather ? core.cache.get(row.n) : undefined;
        if (owner) this.arm(owner, entry);
        else this.timers.add(entry);
        continue;
      }
      const live = core.cache.get(row.n);
      if (!live) {
        core.store.write(() => core.tables.dequeue(row.seq));
        continue;
      }
      if (weather && live.stalledUntil === 0) live.stalledUntil = core.now() + weather.stall(live.row.id);
      if (row.kind === 'letter') core.deliver(live, { seq: row.seq, message, consumed: false, written: true });
      else if (this.resumeTask(live, row.seq, message as { g: number; i: number }, inHand > 0)) inHand -= 1;
    }
    for (const n of core.tables.freshInstances()) {
      const live = core.cache.get(n);
      if (!live) continue;
      if (weather) live.stalledUntil = core.now() + weather.stall(live.row.id);
      core.onReady(live);
    }
  }

  /** Answers whether it was an activity. */
  private resumeTask(live: Live, seq: number, { g, i }: { g: number; i: number }, died: boolean): boolean {
    const memory = (live.memory ??= this.work.memoryOf(live));
    const command = memory.open.get(i);
    if (live.row.gen !== g || !command || ENDED.has(live.row.status)) {
      this.core.store.write(() => this.core.tables.dequeue(seq));
      return false;
    }
    if (command.c === 'task' && died) {
      this.core.log('warning', `Activity ${command.name} was in hand when the app ended, and fails`, {
        instance: live.row.id,
      });
      this.core.answer(live, seq, { k: 'fail', g, i, f: workerDied(command.name) });
    } else if (command.c === 'task') this.task(live, g, command);
    else if (command.c === 'http') {
      const waiting = [...memory.open.values()].some((other) => other.c === 'timer' && other.http === i);
      if (!waiting) this.work.http(live, g, i, seq, command.call);
    }
    return command.c === 'task';
  }
}
