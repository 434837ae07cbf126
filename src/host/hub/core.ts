/**
 * What the parts of the engine share: the file, the instances in memory, numbers, clock, log, and the three moves that
 * everything is made of: create an instance, post a letter, take letters over. Knows nothing of the SDK.
 */
import { randomUUID } from 'node:crypto';
import type { FunctionInfo, HostLog, LoadedApp } from '../contract.ts';
import { RoughWorker } from './activity-weather.ts';
import { Cache } from './cache.ts';
import type { Live } from './live.ts';
import type { InstanceRow, Letter, Message, ParentLink } from './records.ts';
import { Store } from './store.ts';
import { openTables, type Tables } from './tables.ts';
import type { Versioning } from './versions.ts';
import type { Weather } from './weather.ts';

export interface CoreOptions {
  file: string;
  hubName: string;
  durability: 'FULL' | 'NORMAL';
  strict?: { seed: number };
  log: HostLog;
  now: () => number;
  schema: 2 | 3;
  weather: Weather | undefined;
  versioning: Versioning | undefined;
  maxOrchestrators: number;
  maxActivities: number;
}

const NUMBERS_PER_PROCESS = 1e9;

export interface NewInstance {
  id: string;
  name: string;
  version?: string;
  input: string | null;
  parent?: ParentLink;
}

export class Core {
  readonly options: CoreOptions;
  readonly store: Store;
  readonly tables: Tables;
  readonly cache: Cache;
  readonly log: HostLog;
  readonly now: () => number;
  /** Stands before the app's activities in rough weather. */
  readonly roughWorker: RoughWorker | undefined;
  /** Set by `TaskHub.start`. */
  app: LoadedApp | undefined;
  stopping = false;
  /** Calls the engine: this instance has something to do. */
  onReady: (live: Live) => void = () => undefined;
  private number: number;

  constructor(options: CoreOptions, onFatal: (error: unknown) => void) {
    this.options = options;
    this.log = options.log;
    this.now = options.now;
    this.roughWorker = options.weather && new RoughWorker(options.weather, options.log);
    this.store = new Store({ file: options.file, durability: options.durability, onFatal });
    this.tables = openTables(this.store);
    this.cache = new Cache(this.tables);
    this.number = this.tables.reserveNumbers(NUMBERS_PER_PROCESS);
  }

  /** A number for an instance or a queue row that nobody ever had. */
  next(): number {
    this.number += 1;
    return this.number;
  }

  /** Names are found without regard to case, as on Azure. */
  functionNamed(name: string): FunctionInfo | undefined {
    const functions = this.app?.functions;
    const found = functions?.get(name);
    if (found || !functions) return found;
    const wanted = name.toLowerCase();
    for (const one of functions.values()) if (one.name.toLowerCase() === wanted) return one;
    return undefined;
  }

  newExec(): string {
    return randomUUID().replaceAll('-', '');
  }

  /** Writes of one instance; it stays in memory until they are committed. */
  write(live: Live, op: () => void, after?: () => void): void {
    live.dirty += 1;
    this.store.write(op, () => {
      live.dirty -= 1;
      after?.();
    });
  }

  create(instance: NewInstance, replaced?: Live): Live {
    const now = this.now();
    if (replaced) this.remove(replaced);
    const byDefault = instance.id.startsWith('@') ? null : (this.options.versioning?.current ?? null);
    const row: InstanceRow = {
      n: this.next(),
      id: instance.id,
      name: instance.name,
      version: instance.version ?? byDefault,
      exec: this.newExec(),
      gen: 0,
      status: 'Pending',
      fresh: 1,
      input: instance.input,
      output: null,
      custom: null,
      created: now,
      updated: now,
      parent: instance.parent ? JSON.stringify(instance.parent) : null,
    };
    const live = this.cache.add(row);
    const written = { ...row };
    this.write(live, () => this.tables.insertInstance(written));
    this.onReady(live);
    return live;
  }

  remove(live: Live): void {
    const { n } = live.row;
    const buried = this.cache.bury(live);
    const consume = this.consume(live.letters.splice(0));
    this.store.write(() => {
      consume();
      this.tables.deleteHistory(n);
      this.tables.deleteInstance(n);
    }, buried);
  }

  /** A letter that has no row yet; it gets one with the next commit unless an episode took it by then. */
  post(live: Live, message: Message): Letter {
    const letter: Letter = { seq: this.next(), message, consumed: false, written: false };
    this.write(live, () => {
      if (letter.consumed) return;
      letter.written = true;
      this.tables.enqueue(letter.seq, live.row.n, 'letter', 0, message);
    });
    this.deliver(live, letter);
    return letter;
  }

  /** A letter whose row stands in the queue as the task that it answers. */
  answer(live: Live, seq: number, message: Message): void {
    const letter: Letter = { seq, message, consumed: false, written: true };
    this.write(live, () => {
      if (!letter.consumed) this.tables.turnIntoLetter(seq, message);
    });
    this.deliver(live, letter);
  }

  deliver(live: Live, letter: Letter): void {
    live.letters.push(letter);
    this.onReady(live);
  }

  /** Takes letters over; the returned operation removes their rows and belongs into the same transaction as their effect. */
  consume(letters: readonly Letter[]): () => void {
    for (const letter of letters) letter.consumed = true;
    return () => {
      for (const letter of letters) if (letter.written) this.tables.dequeue(letter.seq);
    };
  }

  saveRow(live: Live): () => void {
    live.row.updated = this.now();
    const written = { ...live.row };
    return () => this.tables.updateInstance(written);
  }

  /** Tells whoever waits for this instance; in the same transaction as its end. */
  tellParent(live: Live, outcome: { output: string | null } | { failure: string }): void {
    if (live.row.parent === null) return;
    const link = JSON.parse(live.row.parent) as ParentLink;
    const parent = this.cache.get(link.n);
    if (!parent || parent.row.id !== link.id) return;
    const to = { g: link.gen, i: link.i };
    if ('failure' in outcome) this.post(parent, { k: 'fail', ...to, f: { reason: outcome.failure, details: '' } });
    else this.post(parent, { k: 'done', ...to, r: outcome.output ?? 'null' });
  }
}
