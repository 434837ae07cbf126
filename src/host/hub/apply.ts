/**
 * Carries out what an episode decided: checks it, writes it down as one record, opens what it asked for, ends or renews
 * the instance. Sequence belongs to engine.ts, dispatch of commands to dispatch.ts.
 */
import { isControl, type Batch } from './batch.ts';
import type { Core } from './core.ts';
import type { Dispatch } from './dispatch.ts';
import { dynamicCommands } from './dynamic.ts';
import { checkPlan, outcomeRefusal, type Verdict } from './checks.ts';
import type { Ending } from './ending.ts';
import { rebuild, remember, type Live, type Memory } from './live.ts';
import { ENDED, type Command, type Episode, type Letter, type Received } from './records.ts';
import { refusalText } from './refusals.ts';
import type { Replayed } from './replayer.ts';
import { leavesOf, planActions, type Planned, type SdkAction } from './sdk/actions.ts';
import type { Decision } from './sdk/decision.ts';

/** From about here on a replay takes milliseconds here and tens of them on Azure. */
const LONG_HISTORY = 5000;

export interface Replay {
  t: number;
  batch: Batch;
  received: Received[];
  result: Replayed;
}

export class Apply {
  private readonly core: Core;
  private readonly dispatch: Dispatch;
  private readonly ending: Ending;
  private readonly full: boolean;

  constructor(core: Core, dispatch: Dispatch, ending: Ending, full: boolean) {
    this.core = core;
    this.dispatch = dispatch;
    this.ending = ending;
    this.full = full;
  }

  decision(live: Live, memory: Memory, replay: Replay): void {
    const { result, batch } = replay;
    const letters = batch.taken.map(({ letter }) => letter);
    if ('refused' in result) {
      this.fail(live, memory, replay, letters, { text: result.refused });
      return;
    }
    const { decision } = result;
    const plan = planActions(decision.actions, memory.signatures.length, memory.nid, {
      now: replay.t,
      exec: live.row.exec,
      newId: () => this.core.newExec(),
      heldLock: () => memory.lock,
    });
    const verdict = checkPlan(this.core, memory, decision, plan) ?? outcomeRefusal(decision);
    if (verdict) {
      this.fail(live, memory, replay, letters, verdict);
      return;
    }
    const { commands, canceledAtOnce } = this.numbered(plan.commands);
    const dynamic = dynamicCommands(batch, plan.nid, replay.t, live.row.exec, () => this.core.next());
    const canceled = [...canceledTimers(memory, decision.actions), ...canceledAtOnce];
    const episode: Episode = {
      t: replay.t,
      x: replay.received,
      c: [...commands, ...dynamic.commands],
      a: plan.signatures,
      ...(canceled.length > 0 ? { z: canceled.map(({ i }) => i) } : {}),
      nid: dynamic.nid,
    };
    const number = memory.episodes;
    remember(memory, episode, live.row, this.full, memory.events);
    if (memory.events.length >= LONG_HISTORY && !live.lengthTold) {
      live.lengthTold = true;
      this.core.log(
        'warning',
        `The history has ${LONG_HISTORY} events and every replay walks through all: continue as new, or shard.`,
        {
          code: 'LONG_HISTORY',
          instance: live.row.id,
        },
      );
    }
    const open = [...episode.c].filter((command) => !canceled.includes(command as never));
    this.write(live, memory, { episode, number, letters, canceled, open, decision });
  }

  private write(
    live: Live,
    memory: Memory,
    what: {
      episode: Episode;
      number: number;
      letters: Letter[];
      canceled: Extract<Command, { c: 'timer' }>[];
      open: Command[];
      decision: Decision;
    },
  ): void {
    const { core } = this;
    const { row } = live;
    const { decision } = what;
    const ends = decision.outcome === 'failed' || (decision.outcome !== 'running' && memory.open.size === 0);
    const renews = ends && decision.outcome === 'continued';
    const carried = renews ? this.ending.carriedOver(live, memory, decision.actions, what.letters) : [];
    const consume = core.consume(
      carried.length > 0 ? what.letters.filter((one) => !carried.includes(one)) : what.letters,
    );
    const changed = row.status !== 'Running' || row.custom !== decision.custom || row.fresh === 1;
    row.custom = decision.custom;
    row.fresh = 0;
    if (!ends) row.status = 'Running';
    const save = changed && !ends ? core.saveRow(live) : undefined;
    for (const timer of what.canceled) this.dispatch.cancelTimer(timer);
    const opened = this.dispatch.open(live, what.open);
    core.write(
      live,
      () => {
        consume();
        core.tables.insertEpisode(row.n, what.number, what.episode);
        for (const timer of what.canceled) if (timer.q > 0) core.tables.dequeue(timer.q);
        opened.rows();
        save?.();
      },
      ends ? undefined : opened.begin,
    );
    if (!ends) {
      if (decision.outcome !== 'running') this.ending.hold(live, memory, decision.outcome);
      return;
    }
    if (renews) this.ending.renew(live, memory, decision, carried);
    else this.ending.finish(live, memory, decision);
  }

  private fail(live: Live, memory: Memory, replay: Replay, letters: Letter[], verdict: Verdict): void {
    const { core } = this;
    if (verdict.code)
      core.log('error', verdict.text, { code: verdict.code, instance: live.row.id, name: live.row.name });
    else this.ending.tellFailure(live);
    const episode: Episode = { t: replay.t, x: replay.received, c: [], a: [], nid: memory.nid };
    const number = memory.episodes;
    memory.episodes += 1;
    const consume = core.consume(letters);
    core.write(live, () => {
      consume();
      core.tables.insertEpisode(live.row.n, number, episode);
    });
    live.row.fresh = 0;
    this.ending.fail(live, memory, verdict.text);
  }

  /** Its last replay never ended. Nothing of it was written down, so the record stands as it was before. */
  failLooped(live: Live): void {
    if (ENDED.has(live.row.status)) return;
    const text = refusalText('ENDLESS_LOOP', 'orchestrator', live.row.name);
    this.core.log('error', text, { code: 'ENDLESS_LOOP', instance: live.row.id, name: live.row.name });
    const episodes = this.core.tables.episodes(live.row.n);
    this.ending.fail(live, rebuild(live.row, episodes, this.full), text);
  }

  /** Rows for what needs one; a timer that user code cancelled before it was even created gets none. */
  private numbered(planned: Planned[]): { commands: Command[]; canceledAtOnce: Extract<Command, { c: 'timer' }>[] } {
    const canceledAtOnce: Extract<Command, { c: 'timer' }>[] = [];
    const commands = planned.map((plan): Command => {
      const { canceled, ...command } = plan;
      if ('q' in command && canceled !== true) command.q = this.core.next();
      if (canceled === true && command.c === 'timer') canceledAtOnce.push(command);
      return command;
    });
    return { commands, canceledAtOnce };
  }

  control(live: Live, memory: Memory, letter: Letter): void {
    const { message } = letter;
    const consume = this.core.consume([letter]);
    this.core.write(live, consume);
    if (message.k === 'terminate') this.ending.terminate(live, memory, message.reason);
    else if (message.k === 'suspend') this.suspend(live, memory, message.reason);
  }

  controlWhileSuspended(live: Live, memory: Memory): void {
    const at = live.letters.findIndex(({ message }) => isControl(message));
    const [letter] = at < 0 ? [] : live.letters.splice(at, 1);
    if (!letter) return;
    const { message } = letter;
    this.core.write(live, this.core.consume([letter]));
    if (message.k === 'terminate') this.ending.terminate(live, memory, message.reason);
    else if (message.k === 'resume') this.resume(live, memory, message.reason);
  }

  /** Whatever still arrives after the end. */
  discard(live: Live): void {
    if (live.letters.length > 0) this.core.write(live, this.core.consume(live.letters.splice(0)));
  }

  private suspend(live: Live, memory: Memory, reason: string): void {
    live.suspended = true;
    live.row.status = 'Suspended';
    live.row.output = JSON.stringify(reason); // the real host shows the reason as the output
    this.mark(live, memory, { e: 'suspended', reason });
  }

  private resume(live: Live, memory: Memory, reason: string): void {
    live.suspended = false;
    live.row.status = live.row.fresh === 1 ? 'Pending' : 'Running';
    live.row.output = null;
    this.mark(live, memory, { e: 'resumed', reason });
  }

  /** An episode without a replay. */
  private mark(live: Live, memory: Memory, received: Received): void {
    const episode: Episode = { t: this.core.now(), x: [received], c: [], a: [], nid: memory.nid };
    const number = memory.episodes;
    memory.episodes += 1;
    const save = this.core.saveRow(live);
    this.core.write(live, () => {
      this.core.tables.insertEpisode(live.row.n, number, episode);
      save();
    });
  }
}

/** Timers that this replay cancelled; each one knows where its action stands. */
function canceledTimers(memory: Memory, actions: readonly SdkAction[]): Extract<Command, { c: 'timer' }>[] {
  const canceled: Extract<Command, { c: 'timer' }>[] = [];
  for (const command of memory.open.values()) {
    if (command.c !== 'timer' || command.top < 0) continue;
    const action = actions[command.top];
    if (action && leavesOf(action)[command.leaf]?.isCanceled === true) canceled.push(command);
  }
  return canceled;
}
