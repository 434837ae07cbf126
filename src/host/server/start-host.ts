/**
 * Puts one host together inside this process: app, hub, listeners, timers. What supervises it is elsewhere
 * (`supervise.ts`); tests call this directly.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FunctionInfo, HostLog, LoadedApp, TaskHub } from '../contract.ts';
import { loadApp } from '../seam/app-loader.ts';
import { readHostJson, readLocalSettings } from '../seam/host-json.ts';
import type { InvocationObserver } from '../seam/invoker.ts';
import { createAdmin } from './admin.ts';
import { createCors } from './cors.ts';
import { loadFront } from './front.ts';
import { limitFunctions } from './function-timeout.ts';
import { closeServer, listenPublic, listenRpc, type PublicParts } from './http-server.ts';
import { createHttpTriggers } from './http-trigger.ts';
import { openKeys } from './keys.ts';
import { keepListenersOnLoopback } from './listen-guard.ts';
import { createLog, invocationLines } from './log.ts';
import { refusal } from './refusals.ts';
import { createRouter } from './router.ts';
import { openTimerState } from './timer-state.ts';
import { createTimerTriggers } from './timer-trigger.ts';

export interface HostOptions {
  /** Folder of the Functions app. */
  app: string;
  /** 0 takes any free port. */
  port: number;
  /** Folder of the host's state: keys, timers, the hub's file. */
  data: string;
  /** Seed of the strict mode, or none. */
  strict?: number | boolean;
  /** Seed of rough weather, and how much its delays are shortened (1:50 is 0.02); as text `SEED` or `SEED:SCALE`. */
  weather?: number | string | { seed: number; timeScale?: number };
  durability?: 'normal' | 'full';
  /** Path of a module that stands before every request. */
  front?: string;
  /** Leaves out functions whose trigger or inputs do not exist here, instead of refusing the app. */
  skipUnsupported?: boolean;
  jsonLogs?: boolean;
  quiet?: boolean;
  /** Extra environment; wins over local.settings.json. */
  env?: Record<string, string>;
  /**
   * The last process on this data was ended by its app: activities that it had in hand fail, as with a killed worker on Azure,
   * and so does the instance (its number in the hub) whose function was found in an endless loop.
   */
  death?: { looped?: number | undefined } | undefined;
}

/** Makes the hub for an app; given by the caller, so that server and hub stay apart. */
export type OpenHub = (options: {
  file: string;
  hubName: string;
  settings: Readonly<Record<string, unknown>>;
  strict: number | undefined;
  weather: { seed: number; timeScale?: number } | undefined;
  durability: 'normal' | 'full';
  death: HostOptions['death'];
  log: HostLog;
}) => Promise<TaskHub>;

/** What the process that runs the host does with what it sees. */
export interface Supervision {
  entered?(info: FunctionInfo): void;
  replaying?(subject: number): void;
  /** A function worked longer than `functionTimeout`: the process must end. */
  cutOff?(what: string): void;
}

export interface RunningHost {
  url: string;
  port: number;
  app: LoadedApp;
  /** Stops accepting, lets what runs end, closes the files; bounded by `graceMs` (15 s). */
  stop(graceMs?: number): Promise<void>;
}

export async function startHostWith(
  openHub: OpenHub,
  options: HostOptions,
  supervision: Supervision = {},
): Promise<RunningHost> {
  const root = resolve(options.app);
  const data = resolve(options.data);
  const logOptions = { quiet: options.quiet ?? true, json: options.jsonLogs ?? false };
  const log = createLog(logOptions);
  const settings = readLocalSettings(root);
  for (const [name, value] of Object.entries(settings.values)) process.env[name] ??= value;
  Object.assign(process.env, options.env, { FUNCTIONS_WORKER_RUNTIME: 'node', AzureWebJobsScriptRoot: root });
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= 'Development';
  const hostJson = readHostJson(root);
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refusal(
      'DATA_FOLDER',
      `${data} cannot be made: ${(error as NodeJS.ErrnoException).code}; name another with --data.`,
    );
  }
  keepListenersOnLoopback();

  let parts: PublicParts | undefined;
  const publicServer = await listenPublic(options.port, () => parts, log);
  const { port } = publicServer;
  const origin = `http://localhost:${port}`;
  const undo: (() => unknown)[] = [() => closeServer(publicServer.server, 0)];
  try {
    process.env.WEBSITE_HOSTNAME = `localhost:${port}`;
    const lines = invocationLines(log, logOptions);
    const { functionTimeoutMs } = hostJson;
    const limit =
      functionTimeoutMs &&
      limitFunctions(functionTimeoutMs, (name) => {
        const told = `FUNCTION_TIMEOUT: "${name}" worked for more than ${functionTimeoutMs / 1000} s (functionTimeout)`;
        if (supervision.cutOff) supervision.cutOff(told);
        else log('error', told);
      });
    if (limit) undo.push(() => limit.stop());
    const observer: InvocationObserver = {
      begin(info, id) {
        supervision.entered?.(info);
        if (limit) limit.begin(info, id);
      },
      end(...all) {
        if (limit) limit.end(...all);
        lines.end(...all);
      },
      ...(supervision.replaying && { replaying: supervision.replaying }),
    };
    const app = await loadApp(root, { log, observer, skipUnsupported: options.skipUnsupported });
    const router = createRouter(app.functions.values(), hostJson.routePrefix);
    const keys = openKeys(data, app.functions.keys());
    const timers = createTimerTriggers({ app, state: openTimerState(data), log });
    const front = options.front ? await loadFront(options.front, { port, data }) : undefined;
    const hub = await openHub({
      file: join(data, 'hub.sqlite'),
      hubName: hostJson.hubName,
      settings: hostJson.durableTask,
      strict: typeof options.strict === 'number' ? options.strict : options.strict ? Date.now() % 2 ** 31 : undefined,
      weather: readWeather(options.weather),
      durability: options.durability ?? 'normal',
      death: options.death,
      log,
    }).catch((error: unknown) => {
      throw refusal('DATA_FOLDER', `The task hub in ${data} cannot be opened: ${(error as Error).message}`);
    });
    undo.push(() => hub.stop(0));
    const rpc = await listenRpc(hub, () => origin, log);
    undo.push(() => rpc.close());
    app.setDurableClientBinding(hub.clientBinding(origin, rpc.baseUrl, keys.system));
    await hub.start(app);
    const triggers = createHttpTriggers({ app, router, keys, log });
    parts = {
      triggers,
      keys,
      log,
      hub,
      front,
      cors: createCors(settings.cors, settings.corsCredentials),
      admin: createAdmin({ app, keys, router, timers }),
    };
    timers.start();
    let stopping: Promise<void> | undefined;
    return {
      url: origin,
      port,
      app,
      stop(graceMs = 15_000) {
        stopping ??= (async () => {
          const closed = closeServer(publicServer.server, graceMs);
          await within(graceMs, Promise.all([closed, timers.stop(), hub.stop(graceMs)]));
          await rpc.close();
          triggers.close();
          if (limit) limit.stop();
          await within(1000, app.stop());
        })();
        return stopping;
      },
    };
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

function readWeather(weather: HostOptions['weather']) {
  if (weather === undefined || typeof weather === 'object') return weather;
  const [seed = Number.NaN, timeScale] = String(weather).split(':').map(Number);
  if (!Number.isInteger(seed) || (timeScale !== undefined && !(timeScale > 0 && timeScale <= 1))) {
    throw refusal(
      'USAGE',
      `The weather is SEED or SEED:SCALE with a whole number and a scale up to 1, not ${weather}.`,
    );
  }
  return { seed, ...(timeScale !== undefined && { timeScale }) };
}

/** Waits for `work`, but no longer than `ms`: at the end of the grace period what still runs is left behind. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
