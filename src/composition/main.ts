/**
 * Entry of the Functions app. Registers every function; settings are read and checked here, so a wrong deployment says all
 * that is wrong when it starts. Nothing touches network or disk before the first invocation.
 */
import { app } from '@azure/functions';
import { registerDurable } from '../../functions/durable/register.ts';
import { registerHttp } from '../../functions/http/register.ts';
import { registerTimers } from '../../functions/timers/register.ts';
import { PlatformFault } from '../domain/errors.ts';
import { readSettings, SettingsError, type Settings } from '../config/settings.ts';
import { compose, type Composed } from './services.ts';

declare const COUNTERSIGN_VERSION: string | undefined;

/** The records' database module is built for this release or a newer one: an older one ends in a crash at the first request. */
const NODE_MAJOR = 22;

refuseOldNode();
const settings = settingsOrEnd();
let composed: Promise<Composed> | null = null;

function refuseOldNode(): void {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) >= NODE_MAJOR) return;
  throw oneLine(`Node ${NODE_MAJOR} or newer is needed; this worker runs under ${node}`);
}

/** The whole list goes to standard error; what a host prints of an error is often its first line, or a stack. */
function settingsOrEnd(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    const names = [...new Set(error.problems.map((problem) => problem.split(':')[0]))];
    throw oneLine(`settings are missing or wrong: ${names.join(', ')}`);
  }
}

/** Without a stack: this is for who deploys. */
function oneLine(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

/** A failed composition is tried again by the next invocation: a dependency may be down for a moment only. */
function services(): Promise<Composed> {
  composed ??= compose(settings, typeof COUNTERSIGN_VERSION === 'string' ? COUNTERSIGN_VERSION : 'source').catch(
    (error: unknown) => {
      composed = null;
      process.stderr.write(
        `Countersign cannot start: ${error instanceof PlatformFault ? error.message : String(error)}\n`,
      );
      throw error;
    },
  );
  return composed;
}

registerHttp(services);
registerDurable(services);
registerTimers(services, settings.COUNTERSIGN_SWEEP);
app.hook.appTerminate(async () => {
  await (await composed)?.close();
});
