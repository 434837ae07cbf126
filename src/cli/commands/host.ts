/** `start` (this product on the local host) and `host` (any Functions app). */
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, openIssuer } from '../../host/front/development-issuer.ts';
import type * as Host from '../../host/main.ts';
import { ensureAccounts, peopleLine } from '../accounts.ts';
import { commandFor, dataFolder, writeAddress, type GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { printJson } from '../print.ts';
import type * as DemoModule from './demo.ts';

/** The host's refusals have exit codes of their own (`src/host/server/refusals.ts`). */
const HOST_EXIT_HELP =
  '\nExit codes: 0 stopped; 1 crashed; 2 called wrongly; 3 the app cannot be run; 4 the port is taken; 5 the data folder cannot be used.';

const DIST = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(DIST);

interface StartOptions {
  readonly port: string;
  readonly demo?: boolean;
  readonly verbose?: boolean;
  readonly jsonLogs?: boolean;
  readonly watch?: boolean;
  readonly strict?: boolean;
  readonly weather?: string;
  readonly skipUnsupported?: boolean;
  readonly watchdog?: string;
}

/** The host is a program of its own beside this one; it is loaded only by the commands that need it. */
async function loadHost(): Promise<typeof Host> {
  return (await import(new URL('./host.mjs', import.meta.url).href)) as typeof Host;
}

export function addHostCommands(program: Command, version: string): void {
  program
    .command('start')
    .description('start this product on the local host')
    .option('--port <port>', 'port; 0 takes a free one', '7071')
    .option('--demo', 'with two outside systems and sample workflows')
    .option('--verbose', 'a line for each invocation')
    .option('--json-logs', 'log lines as JSON')
    .option('--watch', 'restart when a built file changes')
    .option('--strict', 'JSON wire, random batch cuts, every replay checked')
    .option('--weather <seed>', 'do at random, repeatably, what the real host was seen to do')
    .addHelpText('after', HOST_EXIT_HELP)
    .action(async (options: StartOptions, command: Command) =>
      start(options, command.optsWithGlobals<GlobalOptions>(), version),
    );
  program
    .command('host')
    .description('run any Azure Functions app on the local host')
    .requiredOption('--app <folder>', 'folder of the Functions app')
    .option('--port <port>', 'port', '7071')
    .option('--watch', 'restart when a file changes')
    .option('--skip-unsupported', 'leave out functions whose trigger or input needs a service that is not here')
    .option('--watchdog <seconds>', 'how long the process may stand still (0: never restart it)', '10')
    .option('--verbose', 'a line for each invocation')
    .option('--json-logs', 'log lines as JSON')
    .option('--strict', 'JSON wire, random batch cuts, every replay checked')
    .option('--weather <seed>', 'do at random, repeatably, what the real host was seen to do')
    .addHelpText('after', HOST_EXIT_HELP)
    .action(async (options: StartOptions & { app: string }, command: Command) => {
      const { runHost } = await loadHost();
      const globals = command.optsWithGlobals<GlobalOptions>();
      const data = globals.data ?? join(options.app, '.functions-host');
      process.exitCode = await runHost({
        app: resolve(options.app),
        port: portOf(options.port),
        data: resolve(data),
        durability: 'full',
        ...hostOptions(options),
        onReady: ({ url }) => {
          if (globals.json) printJson({ url, data: resolve(data) });
          else console.log(`The app listens on ${url}\nData folder ${resolve(data)} · Ctrl-C stops`);
        },
      });
    });
}

async function start(options: StartOptions, globals: GlobalOptions, version: string): Promise<void> {
  const data = dataFolder(globals);
  const port = portOf(options.port) || (await freePort());
  const issuer = await prepare(data);
  if (issuer === null) return;
  const demo = options.demo ? await import('./demo.ts') : null;
  let opened: Promise<DemoModule.Demo | null> = Promise.resolve(null);
  const { runHost } = await loadHost();
  try {
    process.exitCode = await runHost({
      app: ROOT,
      port,
      data,
      front: join(DIST, 'front.mjs'),
      ...hostOptions(options),
      env: {
        COUNTERSIGN_PLATFORM: 'local',
        COUNTERSIGN_DATA: data,
        COUNTERSIGN_PUBLIC_URL: `http://localhost:${port}`,
        COUNTERSIGN_AUDIENCE: DEVELOPMENT_AUDIENCE,
        COUNTERSIGN_ISSUERS: JSON.stringify([{ issuer: DEVELOPMENT_ISSUER, jwks: issuer.jwks }]),
        COUNTERSIGN_SWEEP: '* * * * * *',
        TASKHUB_NAME: 'countersign',
        // Quiet by default, as the host is: what the app tells stands between its lines only when asked for.
        ...(process.env.COUNTERSIGN_LOG === undefined && {
          COUNTERSIGN_LOG: options.verbose || options.jsonLogs ? 'information' : 'warning',
        }),
        ...demo?.DEMO_ENV,
      },
      onReady: ({ url }) => {
        writeAddress(data, url);
        if (globals.json) printJson({ url, data, version });
        else for (const line of greeting(url, data, version, demo !== null)) console.log(line);
        if (demo) opened = openAndApply(demo, data, url, globals.json ?? false);
      },
    });
  } finally {
    await (await opened)?.stop();
    if (process.exitCode === 0 && !globals.json) console.log('Stopped.');
  }
}

/** The data folder with its issuer and accounts; null, and said, when it cannot be used. */
async function prepare(data: string): Promise<Awaited<ReturnType<typeof openIssuer>> | null> {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const issuer = await openIssuer(data);
    ensureAccounts(data);
    return issuer;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`The data folder ${data} cannot be used: ${why}.\nName another one with --data.`);
    process.exitCode = 5;
    return null;
  }
}

function greeting(url: string, data: string, version: string, demo: boolean): readonly string[] {
  const command = commandFor(data);
  return [
    `Countersign ${version} listens on ${url}`,
    `Data folder ${data} · API ${url}/api/docs · Ctrl-C stops`,
    '',
    peopleLine(data),
    ...(demo ? [] : ['', 'Publish a workflow and start it:', `  ${command} apply FILE`, `  ${command} run WORKFLOW`]),
  ];
}

/** The demo after the host is ready: by then this process owns the port and the data folder. */
async function openAndApply(
  { openDemo }: typeof DemoModule,
  data: string,
  url: string,
  quiet: boolean,
): Promise<DemoModule.Demo | null> {
  let demo: DemoModule.Demo | null = null;
  try {
    demo = await openDemo(data);
    const lines = await demo.apply(url);
    if (!quiet) for (const line of lines) console.log(line);
  } catch (error) {
    console.error(`The demo could not be set up: ${error instanceof Error ? error.message : String(error)}`);
  }
  return demo;
}

/** The public address is a setting, so it has to be known before the host listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CliError('usage', `${text} is no port.`, 'Give a number from 1 to 65535.');
  return port;
}

function hostOptions(options: StartOptions) {
  return {
    quiet: !options.verbose,
    jsonLogs: options.jsonLogs ?? false,
    watch: options.watch ?? false,
    strict: options.strict ?? false,
    skipUnsupported: options.skipUnsupported ?? false,
    ...(options.watchdog === undefined ? {} : { watchdogMs: Number(options.watchdog) * 1000 }),
    ...(options.weather === undefined ? {} : { weather: options.weather }),
  };
}
