/**
 * Entry of the local host, as a program and as a module: `node host.mjs --app DIR --port N --data DIR`, or
 * `runHost(options)`. The same file, started with a flag, is the supervised child, so that one bundle suffices.
 * This is the only place that knows both hub and server.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openHub as openTaskHub } from './hub/hub.ts';
import { versioningOf } from './hub/versions.ts';
import { runChild } from './server/child.ts';
import { refusal, Refusal } from './server/refusals.ts';
import { type HostOptions, type OpenHub, type RunningHost, startHostWith } from './server/start-host.ts';
import { type Supervised, supervise, type SuperviseOptions } from './server/supervise.ts';

export type { HostOptions, RunningHost, Supervised, SuperviseOptions };

const childFlag = '--functions-host-child';

const openHub: OpenHub = ({ file, hubName, settings, strict, weather, durability, looped, log }) => {
  const limit = (name: string) => {
    const value = settings[name];
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const activities = limit('maxConcurrentActivityFunctions');
  const orchestrators = limit('maxConcurrentOrchestratorFunctions');
  const versioning = versioningOf(settings);
  if (strict !== undefined) log('information', `Strict mode, seed ${strict}`);
  if (weather) log('information', `Rough weather, seed ${weather.seed}`);
  return openTaskHub({
    file,
    hubName,
    durability: durability === 'full' ? 'FULL' : 'NORMAL',
    log,
    ...(strict !== undefined && { strict: { seed: strict } }),
    ...(weather && { weather }),
    ...(looped && { looped }),
    ...(activities && { maxConcurrentActivities: activities }),
    ...(orchestrators && { maxConcurrentOrchestrators: orchestrators }),
    ...(versioning && { versioning }),
  });
};

/** One host inside this process, without supervision: for tests. */
export function startHost(options: HostOptions): Promise<RunningHost> {
  return startHostWith(openHub, options);
}

/** Host and app in a supervised child process. `entry` is this module's file, source or bundle. */
export function superviseHost(options: SuperviseOptions, entry = fileURLToPath(import.meta.url)): Supervised {
  return supervise(entry, childFlag, options);
}

/** Supervises until a signal, a refusal or a second signal; answers with the exit code. */
export async function runHost(
  options: SuperviseOptions & { onReady?: (at: { url: string; port: number }) => void },
): Promise<number> {
  const { onReady, ...rest } = options;
  const host = superviseHost(rest);
  host.ready.then(onReady, () => undefined);
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals === 1) void host.stop();
    else host.kill();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  try {
    return await host.done;
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}

const usage =
  'usage: host --app DIR [--port N] [--data DIR] [--strict] [--weather SEED[:SCALE]] [--durability normal|full] [--front FILE] [--skip-unsupported] [--watch] [--watchdog SECONDS] [--verbose] [--json-logs]';

function readArguments(args: string[]): SuperviseOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        app: { type: 'string' },
        port: { type: 'string', default: '7071' },
        data: { type: 'string' },
        strict: { type: 'boolean', default: false },
        weather: { type: 'string' },
        durability: { type: 'string', default: 'normal' },
        front: { type: 'string' },
        'skip-unsupported': { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        watchdog: { type: 'string', default: '10' },
        verbose: { type: 'boolean', default: false },
        'json-logs': { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    const watchdog = Number(values.watchdog);
    if (!(watchdog >= 0)) throw new Error('--watchdog is a number of seconds, 0 for none');
    if (!values.app) throw new Error('--app is needed');
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port`);
    if (values.durability !== 'normal' && values.durability !== 'full')
      throw new Error('--durability is normal or full');
    return {
      app: values.app,
      port,
      data: values.data ?? `${values.app}/.functions-host`,
      strict: values.strict,
      durability: values.durability,
      skipUnsupported: values['skip-unsupported'],
      watch: values.watch,
      watchdogMs: watchdog * 1000,
      quiet: !values.verbose,
      jsonLogs: values['json-logs'],
      ...(values.weather !== undefined && { weather: values.weather }),
      ...(values.front !== undefined && { front: values.front }),
    };
  } catch (error) {
    throw refusal('USAGE', `${(error as Error).message}\n${usage}`);
  }
}

async function main(): Promise<void> {
  try {
    const options = readArguments(process.argv.slice(2));
    process.exitCode = await runHost({
      ...options,
      onReady: ({ url }) => {
        const message = `Functions host listens on ${url}`;
        process.stderr.write(
          `${options.jsonLogs ? JSON.stringify({ level: 'information', message, url }) : message}\n`,
        );
      },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

if (process.argv.includes(childFlag)) runChild(openHub);
else if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
