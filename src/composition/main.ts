/**
 * Entry of the Functions app. Registers every function; settings are read and checked here, so a wrong deployment says all
 * that is wrong when it starts. Nothing touches network or disk before the first invocation.
 */
import { app } from '@azure/functions';
import { registerDurable } from '../../functions/durable/register.ts';
import { registerHttp } from '../../functions/http/register.ts';
import { registerTimers } from '../../functions/timers/register.ts';
import { readSettings } from '../config/settings.ts';
import { compose, type Composed } from './services.ts';

declare const COUNTERSIGN_VERSION: string | undefined;

const settings = readSettings(process.env);
let composed: Promise<Composed> | null = null;

/** A failed composition is tried again by the next invocation: a dependency may be down for a moment only. */
function services(): Promise<Composed> {
  composed ??= compose(settings, typeof COUNTERSIGN_VERSION === 'string' ? COUNTERSIGN_VERSION : 'source').catch(
    (error: unknown) => {
      composed = null;
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
