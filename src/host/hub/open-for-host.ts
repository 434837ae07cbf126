/**
 * Opens the hub with what the server knows of it: the app's host.json section, and the command line's words.
 */
import type { HostLog, TaskHub } from '../contract.ts';
import { createHub } from './hub.ts';

export interface HostHubOptions {
  file: string;
  hubName: string;
  /** `extensions.durableTask` of host.json. */
  settings: Readonly<Record<string, unknown>>;
  strict: boolean;
  weather: number | string | undefined;
  durability: 'normal' | 'full';
  log: HostLog;
}

/** Scale of weather on a developer's machine: a delay of 12 s is felt, and a demo still ends. */
const WEATHER_SCALE = 1 / 5;

export function openHubForHost(options: HostHubOptions): TaskHub {
  const { settings } = options;
  const activities = positive(settings['maxConcurrentActivityFunctions']);
  const orchestrators = positive(settings['maxConcurrentOrchestratorFunctions']);
  return createHub({
    file: options.file,
    hubName: options.hubName,
    durability: options.durability === 'full' ? 'FULL' : 'NORMAL',
    log: options.log,
    ...(options.strict ? { strict: { seed: 1 } } : {}),
    ...(options.weather === undefined ? {} : { weather: weatherFrom(String(options.weather)) }),
    ...(activities === undefined ? {} : { maxConcurrentActivities: activities }),
    ...(orchestrators === undefined ? {} : { maxConcurrentOrchestrators: orchestrators }),
  });
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}

/** `SEED` or `SEED/50`: behind the slash, by how much delays are shortened. A word is as good a seed as a number. */
function weatherFrom(text: string): { seed: number; timeScale: number } {
  const [seed = '', divisor = ''] = text.split('/');
  const number = Number(seed);
  const timeScale = Number(divisor) > 0 ? 1 / Number(divisor) : WEATHER_SCALE;
  if (seed !== '' && Number.isFinite(number)) return { seed: number, timeScale };
  let hash = 2_166_136_261;
  for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return { seed: hash >>> 0, timeScale };
}
