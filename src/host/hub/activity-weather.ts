/**
 * The worker in rough weather: activities come late, or twice and overlapping. When it is killed, everything that it has in
 * hand fails at once, effects done or not, and so do lanes that it was replaying. Which activity kills it is decided by the
 * seed; who dies with it depends on who is there.
 */
import type { HostLog } from '../contract.ts';
import { workerDied } from './failure.ts';
import type { Message } from './records.ts';
import type { Weather } from './weather.ts';

/** What the old worker still does after its death, its answers included, reaches nobody. */
export class RoughWorker {
  private readonly weather: Weather;
  private readonly log: HostLog;
  /** Fails one activity in flight. */
  private readonly inFlight = new Set<() => void>();
  private doomedLanes = 0;
  private doomedUntil = 0;

  constructor(weather: Weather, log: HostLog) {
    this.weather = weather;
    this.log = log;
  }

  /** The first answer counts; a later one finds nobody. */
  async activity(instance: string, g: number, i: number, name: string, once: () => Promise<Message>): Promise<Message> {
    const { weather } = this;
    await pause(weather.hop(instance, g, i));
    const fate = weather.activity(instance, g, i);
    const death = Promise.withResolvers<Message>();
    const strike = () => death.resolve({ k: 'fail', g, i, f: workerDied(name) });
    this.inFlight.add(strike);
    try {
      if (fate === 'killedBefore') {
        this.die(instance, g, i);
        return await death.promise;
      }
      const first = once();
      if (fate === 'killedDuring') this.die(instance, g, i);
      const runs = fate === 'twice' ? [first, pause(weather.secondRunAfter(instance, g, i)).then(once)] : [first];
      return await Promise.race([...runs, death.promise]);
    } finally {
      this.inFlight.delete(strike);
    }
  }

  /** A lane that is being replayed while the worker is gone fails, its code unchanged. */
  replayFails(episode: number): boolean {
    if (episode === 0 || this.doomedLanes === 0 || performance.now() > this.doomedUntil) return false;
    this.doomedLanes -= 1;
    return true;
  }

  private die(instance: string, g: number, i: number): void {
    this.log('information', `Rough weather: the worker is killed with ${this.inFlight.size} activities in hand`);
    for (const strike of this.inFlight) strike();
    this.doomedLanes = this.weather.lanesStruck(instance, g, i);
    this.doomedUntil = performance.now() + this.weather.workerRestart;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
