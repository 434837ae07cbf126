/**
 * Rough weather: what the real host was seen to do under load and faults (durable-protocol §10), at random but repeatable.
 *
 * Every decision is a hash of the seed and of what it is about (instance, generation, event id), not the next number of a
 * sequence: the same seed does the same to the same instance, however the machine interleaves the rest. One thing depends
 * on timing: the death of a worker is decided for one activity, and takes with it whatever else is in hand at that moment.
 */

export interface WeatherOptions {
  seed: number;
  /** 1 is real time; 1/50 in tests. */
  timeScale?: number;
}

/** Shares of what happens, per occasion. */
const SHARE = {
  secondRun: 0.04,
  killedBefore: 0.002,
  killedDuring: 0.003,
  replayFails: 0.004,
  eventTwice: 0.05,
  eventLate: 0.2,
  notYetThere: 0.9,
  secondStart: 0.5,
  lastEventAgain: 0.25,
  carriedLost: 0.5,
  stalls: 0.6,
} as const;

const MS = {
  timerEarly: 1000,
  timerLate: 12_000,
  hop: 60,
  secondRun: 1500,
  eventLate: 150,
  stall: 64_000,
  workerRestart: 3000,
} as const;

export type ActivityFate = 'calm' | 'twice' | 'killedBefore' | 'killedDuring';

export class Weather {
  readonly seed: number;
  readonly scale: number;
  private readonly counts = new Map<string, number>();

  constructor({ seed, timeScale = 1 }: WeatherOptions) {
    this.seed = seed;
    this.scale = timeScale;
  }

  /** Ms by which a timer fires late; negative when early. Most are a little late. */
  timerShift(id: string, gen: number, i: number): number {
    const roll = this.roll('timer', id, gen, i);
    if (roll < 0.3) return -this.scale * MS.timerEarly * this.roll('early', id, gen, i);
    return this.scale * MS.timerLate * this.roll('late', id, gen, i) ** 3;
  }

  /** Ms that a message to an activity travels. */
  hop(id: string, gen: number, i: number): number {
    return this.scale * MS.hop * this.roll('hop', id, gen, i);
  }

  activity(id: string, gen: number, i: number): ActivityFate {
    let roll = this.roll('activity', id, gen, i);
    for (const [fate, share] of [
      ['twice', SHARE.secondRun],
      ['killedBefore', SHARE.killedBefore],
      ['killedDuring', SHARE.killedDuring],
    ] as const) {
      if (roll < share) return fate;
      roll -= share;
    }
    return 'calm';
  }

  /** Ms after which the second delivery of an activity begins. */
  secondRunAfter(id: string, gen: number, i: number): number {
    return this.scale * MS.secondRun * this.roll('second', id, gen, i);
  }

  /** How many of the lanes that are being replayed fail with a killed worker: none, one or two. */
  lanesStruck(id: string, gen: number, i: number): number {
    return Math.floor(3 * this.roll('struck', id, gen, i));
  }

  /** Ms for which a killed worker is away. */
  get workerRestart(): number {
    return this.scale * MS.workerRestart;
  }

  replayFails(id: string, gen: number, episode: number): boolean {
    return episode > 0 && this.roll('replay', id, gen, episode) < SHARE.replayFails;
  }

  /** How an event travels: once or twice, at once or late. */
  event(id: string, name: string): { copies: number; delay: number } {
    const nth = this.nth(`${id} ${name}`);
    const delay = this.roll('late', id, name, nth) < SHARE.eventLate ? this.roll('by', id, name, nth) : 0;
    return {
      copies: this.roll('copies', id, name, nth) < SHARE.eventTwice ? 2 : 1,
      delay: this.scale * MS.eventLate * delay,
    };
  }

  /** The instance was started at this moment: an event for it finds nobody. */
  notYetThere(id: string): boolean {
    return this.roll('there', id, this.nth(`there ${id}`)) < SHARE.notYetThere;
  }

  /** A second start at the same moment is accepted too, and its input dropped. */
  secondStart(id: string): boolean {
    return this.roll('start', id, this.nth(`start ${id}`)) < SHARE.secondStart;
  }

  /** The last event that was consumed before a continueAsNew comes once more after it. */
  lastEventAgain(id: string, gen: number): boolean {
    return this.roll('again', id, gen) < SHARE.lastEventAgain;
  }

  /** Events that nobody had waited for are lost in a continueAsNew. */
  carriedLost(id: string, gen: number): boolean {
    return this.roll('lost', id, gen) < SHARE.carriedLost;
  }

  /** Ms for which an instance stands still after a crash of the host. */
  stall(id: string): number {
    const nth = this.nth(`stall ${id}`);
    if (this.roll('stalls', id, nth) >= SHARE.stalls) return 0;
    return this.scale * MS.stall * this.roll('stall', id, nth) ** 2;
  }

  private nth(what: string): number {
    const count = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, count);
    return count;
  }

  /** A number in [0, 1) that depends on seed and arguments only (FNV-1a, then mixed). */
  private roll(...about: (string | number)[]): number {
    let hash = 2_166_136_261 ^ this.seed;
    for (const char of about.join('\u0000')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
  }
}
