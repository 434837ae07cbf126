/**
 * The task hub: puts store, engine, timers, work and API together. Everything else in this folder is reached through here.
 */
import type { HostLog, LoadedApp, TaskHub } from '../contract.ts';
import { Api } from './api/api.ts';
import { clientBinding } from './api/binding.ts';
import { Apply } from './apply.ts';
import { Core } from './core.ts';
import { Dispatch } from './dispatch.ts';
import { Ending } from './ending.ts';
import { Engine } from './engine.ts';
import { Entities } from './entities.ts';
import { seededRandom } from './random.ts';
import { Replayer } from './replayer.ts';
import { rewind } from './rewind.ts';
import { Timers } from './timers.ts';
import type { Versioning } from './versions.ts';
import { Weather } from './weather.ts';
import { Work } from './work.ts';

export interface HubOptions {
  file: string;
  hubName: string;
  durability: 'FULL' | 'NORMAL';
  /** JSON both ways, random batch cuts, every replay run twice and compared. */
  strict?: { seed: number };
  /** What the real host does under load and faults. */
  weather?: { seed: number; timeScale?: number };
  maxConcurrentActivities?: number;
  maxConcurrentOrchestrators?: number;
  /** 2 is V3, what Azure offers today; 3 is V4, which adds entity locks. */
  replaySchema?: 2 | 3;
  /** Versions of `host.json`; none are matched without. */
  versioning?: Versioning;
  /** The last process was ended by the app, perhaps by an endless loop in the instance of this number. */
  death?: { looped?: number | undefined };
  log: HostLog;
  now?: () => number;
}

/** Rejects when another host holds the file. */
export async function openHub(options: HubOptions): Promise<TaskHub> {
  const core = new Core(
    {
      file: options.file,
      hubName: options.hubName,
      durability: options.durability,
      ...(options.strict ? { strict: options.strict } : {}),
      log: options.log,
      now: options.now ?? Date.now,
      schema: options.replaySchema ?? 2,
      weather: options.weather ? new Weather(options.weather) : undefined,
      versioning: options.versioning,
      maxOrchestrators: options.maxConcurrentOrchestrators ?? 100,
      maxActivities: options.maxConcurrentActivities ?? 128,
    },
    (error) => {
      options.log(
        'critical',
        `The hub file could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
      process.exit(70);
    },
  );
  return new Hub(core, options.death);
}

class Hub implements TaskHub {
  private readonly core: Core;
  private readonly engine: Engine;
  private readonly dispatch: Dispatch;
  private readonly timers: Timers;
  private readonly work: Work;
  private readonly api: Api;
  private readonly apply: Apply;
  private readonly entities: Entities;
  private readonly death: HubOptions['death'];

  constructor(core: Core, death: HubOptions['death']) {
    this.core = core;
    this.death = death;
    const replayer = new Replayer(core);
    this.timers = new Timers(core.now, (entry) => this.dispatch.fired(entry));
    this.work = new Work(core, replayer.full);
    this.dispatch = new Dispatch(core, this.timers, this.work);
    this.apply = new Apply(core, this.dispatch, new Ending(core, this.dispatch), replayer.full);
    this.entities = new Entities(core);
    const random = core.options.strict ? seededRandom(core.options.strict.seed) : undefined;
    this.engine = new Engine(core, replayer, this.apply, this.entities, random);
    this.api = new Api(core, (live, reason) => rewind(core, this.dispatch, this.work, live, reason));
  }

  async start(app: LoadedApp): Promise<void> {
    this.core.app = app;
    this.dispatch.recover(this.death !== undefined);
    const looped = this.death?.looped === undefined ? undefined : this.core.cache.get(this.death.looped);
    if (looped?.row.id.startsWith('@')) this.entities.failNextBatch(looped);
    else if (looped) this.apply.failLooped(looped);
    await this.core.store.committed();
  }

  clientBinding(origin: string, rpcBaseUrl: string, systemKey: string): string {
    this.api.systemKey = systemKey;
    return clientBinding({ hubName: this.core.options.hubName, origin, systemKey }, rpcBaseUrl);
  }

  handle: TaskHub['handle'] = (path, request, response, origin) => this.api.handle(path, request, response, origin);

  async stop(timeoutMs = 5000): Promise<void> {
    this.core.stopping = true;
    this.timers.stop();
    const until = Date.now() + timeoutMs;
    while ((this.engine.busy || this.work.running > 0) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 5));
    this.core.store.close();
  }
}
