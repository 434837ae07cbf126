/**
 * Loads a Functions app as published: finds its files by `main` of its package.json, runs them with the core module
 * in place, checks what they registered, runs `appStart` hooks, and answers as a `LoadedApp`. Refuses with every
 * problem at once. One app at a time in a process; a second load in the same process is for tests.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionInfo, HostLog, LoadedApp, RpcData } from '../contract.ts';
import { firstLine, type Problem, Refusal, refusal } from '../server/refusals.ts';
import { appPlace } from './app-place.ts';
import { describeFunction } from './bindings.ts';
import { openRegistry, programmingModel } from './core-module.ts';
import { createInvoker, type InvocationObserver } from './invoker.ts';
import type { Registry } from './registry.ts';

export interface LoadOptions {
  log?: HostLog | undefined;
  observer?: InvocationObserver | undefined;
  /** Leaves out functions whose trigger or inputs do not exist here, instead of refusing the app. */
  skipUnsupported?: boolean | undefined;
}

const unsupported = new Set(['TRIGGER_UNSUPPORTED', 'BINDING_UNSUPPORTED']);

let generation = 0;
const noLog: HostLog = () => undefined;

export async function loadApp(directory: string, options: LoadOptions = {}): Promise<LoadedApp> {
  const root = resolve(directory);
  const log = options.log ?? noLog;
  const { files, esm } = findFiles(root);
  const registry = openRegistry();
  registry.systemLog = (level, category, message) => {
    if (level !== 'none') log(level === 'information' ? 'debug' : level, message, { category });
  };
  generation += 1;
  for (const file of files) await loadFile(root, file, esm, registry);
  const { functions, model } = check(registry, log, options.skipUnsupported ?? false);
  registry.seal();
  const hookContext = () => registry.hookContext({ functionAppDirectory: root }, registry.appLevelHookData);
  try {
    await registry.run('appStart', hookContext());
  } catch (error) {
    throw refusal('APP_LOAD_FAILED', `An appStart hook threw: ${firstLine(error)}`);
  }
  const capabilities = await model.getCapabilities({});
  const streamUri = capabilities.HttpUri?.replace('//localhost:', '//127.0.0.1:');

  let client: RpcData = { string: 'null' };
  const invoke = createInvoker({
    registry,
    model,
    functions,
    log,
    observer: options.observer,
    clientBinding: () => client,
  });
  return {
    functions,
    invoke,
    setDurableClientBinding(value) {
      client = { string: value };
    },
    ...(streamUri && { streamUri }),
    async stop() {
      await registry.run('appTerminate', hookContext());
    },
  };
}

function findFiles(root: string): { files: string[]; esm: boolean } {
  const manifest = join(root, 'package.json');
  if (!existsSync(manifest))
    throw refusal('APP_NOT_FOUND', `${root} has no package.json; name the folder of a Functions app.`);
  let settings: { main?: unknown; type?: unknown };
  try {
    settings = JSON.parse(readFileSync(manifest, 'utf8')) as typeof settings;
  } catch (error) {
    throw refusal('APP_NOT_FOUND', `${manifest} is not JSON: ${firstLine(error)}`);
  }
  if (typeof settings.main !== 'string')
    throw refusal('APP_NOT_FOUND', `${manifest} has no "main", which names the files that register functions.`);
  const files = globSync(settings.main.replaceAll('\\', '/'), { cwd: root }).sort();
  if (files.length === 0)
    throw refusal('APP_NOT_FOUND', `${manifest}: "main" (${settings.main}) matches no file; build the app first.`);
  return { files, esm: settings.type === 'module' };
}

async function loadFile(root: string, file: string, esm: boolean, registry: Registry): Promise<void> {
  const path = join(root, file);
  try {
    if (file.endsWith('.mjs') || (esm && !file.endsWith('.cjs'))) {
      const url = pathToFileURL(path);
      // A second load in one process must run the file again.
      if (generation > 1) url.searchParams.set('load', String(generation));
      await import(url.href);
    } else {
      const require = createRequire(path);
      for (const cached of Object.keys(require.cache)) {
        if (cached.startsWith(root) && !cached.includes('node_modules')) delete require.cache[cached];
      }
      require(path);
    }
  } catch (error) {
    if (registry.problems.length > 0) throw new Refusal(registry.problems);
    throw refusal('APP_LOAD_FAILED', `${file} failed to load: ${firstLine(error)}${appPlace(root, error)}`);
  }
}

function check(registry: Registry, log: HostLog, skipUnsupported: boolean) {
  const problems: Problem[] = [...registry.problems];
  const functions = new Map<string, FunctionInfo>();
  const ignored = new Map<string, string[]>();
  for (const [name, { metadata }] of registry.functions) {
    const described = describeFunction(randomUUID(), metadata);
    if (skipUnsupported && described.problems.some(({ code }) => unsupported.has(code))) {
      for (const { message } of described.problems) log('warning', `Left out: ${message}`);
      continue;
    }
    problems.push(...described.problems);
    if (described.info) functions.set(name, described.info);
    for (const type of described.ignored) ignored.set(type, [...(ignored.get(type) ?? []), name]);
  }
  if (registry.models.size > 1) {
    problems.push({
      code: 'LIBRARY_COPIES',
      message:
        'Two copies of @azure/functions registered functions; run `npm dedupe` so that the app and durable-functions share one.',
    });
  }
  const model = programmingModel();
  if (functions.size === 0 && problems.length === 0) {
    problems.push({
      code: 'NO_FUNCTIONS',
      message:
        'The app registered no function; its "main" must load every file that calls app.http, app.timer and so on.',
    });
  }
  if (problems.length > 0 || !model) throw new Refusal(problems);
  for (const [type, names] of ignored)
    log(
      'warning',
      `Output binding ${type} is not connected to anything here; what ${names.join(', ')} sends there is dropped.`,
    );
  return { functions, model };
}
