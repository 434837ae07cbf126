/**
 * Entities: operations in batches, one batch at a time for each; signals, calls, locks (schema V4). State, consumed letters,
 * answers and new signals are one transaction (durable-protocol §8 d), so an operation counts exactly once.
 *
 * A locked entity works for its owner only; everybody else's letters wait where they are.
 */
import type { Core } from './core.ts';
import { entityInstance } from './entity-rows.ts';
import type { Live } from './live.ts';
import { ENDED, type EntityMessage, type Letter, type ParentLink } from './records.ts';
import { refusalText } from './refusals.ts';

type Op = Extract<EntityMessage, { k: 'op' }>;
type Lock = Extract<EntityMessage, { k: 'lock' }>;

interface LockState {
  owner: string;
  n: number;
  gen: number;
}

interface EntityResult {
  results: { isError: boolean; result?: string }[];
  signals: { target: { name: string; key: string }; name: string; input: string }[];
  entityExists?: boolean;
  entityState?: string;
}

const BATCH = 100;

export class Entities {
  private readonly core: Core;
  /** The entity whose last batch looped for ever. */
  private looped: Live | undefined;

  constructor(core: Core) {
    this.core = core;
  }

  /** Answers whether anything moved; letters that wait for a lock do not. */
  async turn(live: Live): Promise<boolean> {
    live.row.fresh = 0;
    const unlocked = this.unlock(live);
    const ops = this.takeOps(live);
    if (ops.length > 0) {
      await this.run(live, ops);
      return true;
    }
    return this.grant(live) || unlocked;
  }

  /** The same letters would loop again: they are answered with an error instead. */
  failNextBatch(live: Live): void {
    this.looped = live;
    this.core.onReady(live);
  }

  /** Letters that can be worked on now, oldest first; a lock request ends the batch. */
  private takeOps(live: Live): { letter: Letter; op: Op }[] {
    const lock = lockOf(live);
    const ops: { letter: Letter; op: Op }[] = [];
    for (let at = 0; at < live.letters.length && ops.length < BATCH;) {
      const letter = live.letters[at] as Letter;
      const { message } = letter;
      if (message.k === 'lock' && !lock) break;
      const mine = lock && message.k === 'op' && message.from?.n === lock.n && message.from.gen === lock.gen;
      if (message.k === 'op' && (!lock || mine)) {
        ops.push({ letter, op: message });
        live.letters.splice(at, 1);
      } else at += 1;
    }
    return ops;
  }

  private async run(live: Live, ops: { letter: Letter; op: Op }[]): Promise<void> {
    const { core } = this;
    const { row } = live;
    const result = await this.invoke(
      live,
      ops.map(({ op }) => op),
    );
    const consume = core.consume(ops.map(({ letter }) => letter));
    if (result.entityExists === true || result.entityState !== undefined) row.output = result.entityState ?? null;
    else if (result.entityExists === false) row.output = null;
    row.status = 'Running';
    const save = core.saveRow(live);
    core.write(live, () => {
      consume();
      save();
    });
    ops.forEach(({ op }, index) => {
      const one = result.results[index];
      const answer = {
        ...(one?.result === undefined ? {} : { result: one.result }),
        ...(one?.isError ? { exceptionType: 'Error' } : {}),
      };
      if (op.from) this.reply(op.from, JSON.stringify(answer));
    });
    for (const signal of result.signals) {
      const id = `@${signal.target.name.toLowerCase()}@${signal.target.key}`;
      const op: Op = { k: 'op', id: core.newExec(), name: signal.name, input: signal.input };
      core.post(entityInstance(core, id), op);
    }
  }

  private async invoke(live: Live, ops: readonly Op[]): Promise<EntityResult> {
    const { app, options, log } = this.core;
    const [, name = '', key = ''] = /^@([^@]*)@(.*)$/s.exec(live.row.id) ?? [];
    const found = [...(app?.functions.values() ?? [])].find(
      (one) => one.name.toLowerCase() === name && one.trigger.type === 'entityTrigger',
    );
    const failed = (reason: string): EntityResult => {
      log('error', reason, { entity: live.row.id });
      return {
        results: ops.map(() => ({ isError: true, result: JSON.stringify(reason) })),
        signals: [],
        ...unchanged(live),
      };
    };
    if (!app || !found) return failed(refusalText('UNKNOWN_ENTITY', name));
    if (this.looped === live) {
      this.looped = undefined;
      return failed(refusalText('ENDLESS_LOOP', 'entity', name));
    }
    const batch = ops.map((op) => ({ id: op.id, name: op.name, signal: op.from === undefined, input: op.input }));
    const payload = {
      self: { name, key },
      exists: live.row.output !== null,
      state: live.row.output ?? undefined,
      batch,
    };
    const direct = options.strict === undefined;
    try {
      const result = await app.invoke(found.name, {
        trigger: { json: direct ? 'null' : JSON.stringify(payload) },
        subject: live.row.n,
        ...(direct ? { direct: { input: payload } } : {}),
      });
      return direct
        ? (result.result as EntityResult)
        : (JSON.parse(result.returnValue?.json ?? 'null') as EntityResult);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  private unlock(live: Live): boolean {
    const lock = lockOf(live);
    if (!lock) return false;
    const at = live.letters.findIndex(({ message }) => message.k === 'unlock' && message.owner === lock.owner);
    const [letter] = at < 0 ? [] : live.letters.splice(at, 1);
    if (!letter) return false;
    live.row.custom = null;
    this.save(live, letter);
    return true;
  }

  private grant(live: Live): boolean {
    if (lockOf(live)) return false;
    const at = live.letters.findIndex(({ message }) => message.k === 'lock' || message.k === 'unlock');
    const [letter] = at < 0 ? [] : live.letters.splice(at, 1);
    if (!letter) return false;
    const message = letter.message as Lock;
    if (letter.message.k === 'unlock' || !this.waits(message.from)) {
      this.save(live, letter); // its owner is gone
      return true;
    }
    const state: LockState = { owner: message.id, n: message.from.n, gen: message.from.gen };
    live.row.custom = JSON.stringify(state);
    this.save(live, letter);
    const next = message.set[message.at + 1];
    if (next === undefined) this.reply(message.from, '{"result":"null"}');
    else this.core.post(entityInstance(this.core, next), { ...message, at: message.at + 1 });
    return true;
  }

  private waits(owner: ParentLink): boolean {
    const live = this.core.cache.get(owner.n);
    return live !== undefined && live.row.gen === owner.gen && !ENDED.has(live.row.status);
  }

  private save(live: Live, letter: Letter): void {
    const consume = this.core.consume([letter]);
    const save = this.core.saveRow(live);
    this.core.write(live, () => {
      consume();
      save();
    });
  }

  private reply(to: ParentLink, input: string): void {
    const caller = this.core.cache.get(to.n);
    if (caller && caller.row.id === to.id) this.core.post(caller, { k: 'reply', g: to.gen, i: to.i, input });
  }
}

function lockOf(live: Live): LockState | undefined {
  return live.row.custom === null ? undefined : (JSON.parse(live.row.custom) as LockState);
}

function unchanged(live: Live): { entityExists: boolean; entityState?: string } {
  return live.row.output === null ? { entityExists: false } : { entityExists: true, entityState: live.row.output };
}
