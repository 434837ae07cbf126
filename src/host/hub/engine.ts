/**
 * Drives orchestrations: which instance is ready, one episode at a time for each (take letters, replay, write down, go on).
 * What a decision does to an instance stands in apply.ts, entities in entities.ts; here is only the sequence.
 *
 * 1. An instance has at most one episode under way.
 * 2. An episode's letters, history, commands and state change are written in one transaction (durable-protocol §8 b).
 * 3. Nothing that an episode asked for begins before that transaction is committed.
 */
import type { Apply } from './apply.ts';
import { isControl, takeBatch, type Batch } from './batch.ts';
import type { Core } from './core.ts';
import type { Entities } from './entities.ts';
import { rebuild, type Live, type Memory } from './live.ts';
import { ENDED, type Received } from './records.ts';
import type { Replayer } from './replayer.ts';
import { startedEvents, receivedEvent } from './sdk/payload.ts';
import { misfit } from './versions.ts';

/** Time that one pass over the ready instances may take before timers and sockets get their turn. */
const PASS_MS = 8;
/** A replay that takes longer than this is given as much time again to gather completions. */
const SLOW_REPLAY_MS = 4;

export class Engine {
  private readonly core: Core;
  private readonly replayer: Replayer;
  private readonly apply: Apply;
  private readonly entities: Entities;
  private ready: Live[] = [];
  private active = 0;
  private scheduled = false;
  private readonly random: (() => number) | undefined;

  constructor(core: Core, replayer: Replayer, apply: Apply, entities: Entities, random: (() => number) | undefined) {
    this.core = core;
    this.replayer = replayer;
    this.apply = apply;
    this.entities = entities;
    this.random = random;
    core.onReady = (live) => this.enqueue(live);
  }

  enqueue(live: Live): void {
    if (live.busy || live.queued || this.rejected(live)) return;
    live.queued = true;
    if (live.stalledUntil > 0) {
      const wait = live.stalledUntil - this.core.now();
      live.stalledUntil = 0;
      if (wait > 0) {
        setTimeout(() => {
          this.ready.push(live);
          this.schedule();
        }, wait);
        return;
      }
    }
    this.ready.push(live);
    this.schedule();
  }

  /** Of a version that is not this host's: as on Azure nothing reaches it, a terminate neither, until a host knows it. */
  private rejected(live: Live): boolean {
    const { versioning } = this.core.options;
    if (versioning?.failure !== 'Reject' || live.row.id.startsWith('@') || ENDED.has(live.row.status)) return false;
    const reason = misfit(versioning, live.row.version);
    if (reason === undefined) return false;
    if (!live.rejectionTold)
      this.core.log('warning', `${reason} It waits for a host of that version.`, {
        code: 'VERSION_REJECTED',
        instance: live.row.id,
      });
    live.rejectionTold = true;
    return true;
  }

  get busy(): boolean {
    return this.active > 0;
  }

  private schedule(): void {
    if (this.scheduled || !this.core.app || this.core.stopping) return;
    this.scheduled = true;
    setImmediate(() => this.pass());
  }

  private pass(): void {
    this.scheduled = false;
    if (this.core.stopping) return;
    const until = performance.now() + PASS_MS;
    let next = 0;
    while (next < this.ready.length && this.active < this.core.options.maxOrchestrators) {
      const live = this.ready[next] as Live;
      next += 1;
      live.queued = false;
      if (live.busy) continue;
      void this.turn(live);
      if (performance.now() > until) break;
    }
    this.ready.splice(0, next);
    if (this.ready.length > 0 && this.active < this.core.options.maxOrchestrators) this.schedule();
    this.core.cache.trim();
  }

  private async turn(live: Live): Promise<void> {
    live.busy = true;
    this.active += 1;
    let moved = true;
    try {
      if (live.row.id.startsWith('@')) moved = await this.entities.turn(live);
      else await this.episode(live);
    } finally {
      live.busy = false;
      this.active -= 1;
      if (!this.core.store.isClosed) this.again(live, moved);
    }
  }

  /** Something came in meanwhile: at once, or, where replays are slow, when more of it has come. */
  private again(live: Live, moved: boolean): void {
    const pending = moved && this.actionable(live);
    if (pending) {
      if (live.lastReplayMs > SLOW_REPLAY_MS && live.running > 0) {
        live.queued = true;
        setTimeout(() => {
          live.queued = false;
          this.enqueue(live);
        }, live.lastReplayMs);
      } else this.enqueue(live);
    } else if (this.ready.length > 0) this.schedule();
  }

  private actionable(live: Live): boolean {
    if ((live.row.fresh === 1 || live.rewound) && !live.suspended && !ENDED.has(live.row.status)) return true;
    if (!live.suspended) return live.letters.length > 0;
    return live.letters.some(({ message }) => isControl(message));
  }

  private async episode(live: Live): Promise<void> {
    if (ENDED.has(live.row.status)) {
      this.apply.discard(live);
      return;
    }
    const memory = (live.memory ??= rebuild(live.row, this.core.tables.episodes(live.row.n), this.replayer.full));
    if (live.suspended) {
      this.apply.controlWhileSuspended(live, memory);
      return;
    }
    const batch = takeBatch(live, memory, this.cut(live));
    live.letters.splice(0, batch.length);
    if (batch.dropped.length > 0) this.core.write(live, this.core.consume(batch.dropped));
    if (batch.control) {
      this.apply.control(live, memory, batch.control);
      return;
    }
    if (batch.taken.length === 0 && live.row.fresh === 0 && !live.rewound) return;
    live.rewound = false;
    await this.replay(live, memory, batch);
  }

  private async replay(live: Live, memory: Memory, batch: Batch): Promise<void> {
    const t = this.core.now();
    const received: Received[] = batch.taken.map((taken) => taken.received);
    if (live.row.fresh === 1) received.unshift({ e: 'start' });
    memory.events.push(startedEvents(t));
    for (const one of received) {
      const event = receivedEvent(one, live.row);
      if (event) {
        if (this.replayer.full) event.Timestamp = new Date(t);
        memory.events.push(event);
      }
    }
    const before = performance.now();
    const result = await this.replayer.run(live, memory);
    live.lastReplayMs = performance.now() - before;
    this.apply.decision(live, memory, { t, batch, received, result });
  }

  /** Strict mode cuts batches at random: no outcome may depend on how completions fall together. */
  private cut(live: Live): number {
    return this.random ? 1 + Math.floor(this.random() * Math.max(1, live.letters.length)) : Infinity;
  }
}
