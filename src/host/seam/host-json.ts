/**
 * Reads an app's `host.json` and `local.settings.json`. Only what this host acts on is read; a setting that the
 * real host would stop at is refused here too.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from '../server/refusals.ts';

export interface HostJson {
  /** Without leading and trailing slashes; empty for none. */
  routePrefix: string;
  /** The whole `extensions.durableTask` section, for the hub to read. */
  durableTask: Readonly<Record<string, unknown>>;
  hubName: string;
  /** `functionTimeout` in milliseconds; none when it is absent or -1. */
  functionTimeoutMs?: number;
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tries the file as it is, then without `//` and `/* *\/` comments, which the real host allows. */
function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const bare = text.replace(/"(?:\\.|[^"\\])*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (part) =>
      part.startsWith('"') ? part : '',
    );
    if (bare === text) throw error;
    return JSON.parse(bare);
  }
}

const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
const oneOf = (...names: string[]) =>
  [
    `one of ${names.join(', ')}`,
    (value: unknown) => typeof value === 'string' && names.some((name) => name.toLowerCase() === value.toLowerCase()),
  ] as const;

/** What the hub reads from its section. */
const durableTaskRules: readonly (readonly [name: string, kind: string, fits: (value: unknown) => boolean])[] = [
  ['hubName', 'a string', isText],
  ['defaultVersion', 'a string', isText],
  ['versionMatchStrategy', ...oneOf('None', 'Strict', 'CurrentOrOlder')],
  ['versionFailureStrategy', ...oneOf('Reject', 'Fail')],
  ['maxConcurrentActivityFunctions', 'a whole number above 0', isCount],
  ['maxConcurrentOrchestratorFunctions', 'a whole number above 0', isCount],
];

export function readHostJson(directory: string): HostJson {
  if (!existsSync(directory))
    throw refusal('APP_NOT_FOUND', `${directory} does not exist; name the folder of a Functions app.`);
  const file = join(directory, 'host.json');
  if (!existsSync(file))
    throw refusal('HOST_JSON_INVALID', `${file} does not exist; a Functions app has one beside its package.json.`);
  let whole: unknown;
  try {
    whole = readJson(file);
  } catch (error) {
    throw refusal('HOST_JSON_INVALID', `${file} is not JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  if (!isObject(whole)) throw refusal('HOST_JSON_INVALID', `${file} must hold an object.`);
  if (whole.version !== '2.0') throw refusal('HOST_JSON_INVALID', `${file} must say "version": "2.0".`);
  const section = (parent: Json, name: string): Json => {
    const value = parent[name];
    if (value === undefined) return {};
    if (!isObject(value)) throw refusal('HOST_JSON_INVALID', `${file}: "${name}" must be an object.`);
    return value;
  };
  const functionTimeoutMs = readTimeout(whole.functionTimeout, file);
  const extensions = section(whole, 'extensions');
  const durableTask = section(extensions, 'durableTask');
  const { routePrefix = 'api' } = section(extensions, 'http');
  if (typeof routePrefix !== 'string')
    throw refusal('HOST_JSON_INVALID', `${file}: extensions.http.routePrefix must be a string.`);
  if (durableTask.extendedSessionsEnabled === true) {
    throw refusal(
      'EXTENDED_SESSIONS',
      `${file}: extendedSessionsEnabled stops the real host for Node apps; remove it.`,
    );
  }
  for (const [name, kind, fits] of durableTaskRules) {
    const value = durableTask[name];
    if (value !== undefined && !fits(value))
      throw refusal('HOST_JSON_INVALID', `${file}: extensions.durableTask.${name} must be ${kind}.`);
  }
  const hubName = typeof durableTask.hubName === 'string' ? durableTask.hubName : 'TestHubName';
  return {
    routePrefix: routePrefix.replace(/^\/+|\/+$/g, ''),
    durableTask,
    ...(functionTimeoutMs !== undefined && { functionTimeoutMs }),
    hubName: hubName.replace(/%([^%]+)%/g, (_, name: string) => process.env[name] ?? ''),
  };
}

/** A time span of .NET, `[d.]hh:mm:ss`, of at least a second; `-1` is no limit. */
function readTimeout(value: unknown, file: string): number | undefined {
  if (value === undefined || value === '-1') return undefined;
  const parts = /^(?:(\d+)\.)?(\d{1,2}):([0-5]\d):([0-5]\d)$/.exec(String(value));
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (parts ?? []).slice(1).map((part) => Number(part ?? 0));
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (hours > 23 || ms < 1000)
    throw refusal('HOST_JSON_INVALID', `${file}: functionTimeout must be hh:mm:ss of at least a second, or "-1".`);
  return ms;
}

export interface LocalSettings {
  values: Record<string, string>;
  cors: string[];
  corsCredentials: boolean;
}

/** Settings of the developer's machine; none when the file is missing. */
export function readLocalSettings(directory: string): LocalSettings {
  const file = join(directory, 'local.settings.json');
  const settings: LocalSettings = { values: {}, cors: [], corsCredentials: false };
  if (!existsSync(file)) return settings;
  let whole: unknown;
  try {
    whole = readJson(file);
  } catch (error) {
    throw refusal('SETTINGS_INVALID', `${file} is not JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  if (!isObject(whole)) throw refusal('SETTINGS_INVALID', `${file} must hold an object.`);
  if (whole.IsEncrypted === true)
    throw refusal('SETTINGS_INVALID', `${file} is encrypted; this host reads plain settings only.`);
  const values = whole.Values ?? {};
  if (!isObject(values)) throw refusal('SETTINGS_INVALID', `${file}: "Values" must be an object.`);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string') throw refusal('SETTINGS_INVALID', `${file}: "Values.${name}" must be a string.`);
    settings.values[name] = value;
  }
  const host = isObject(whole.Host) ? whole.Host : {};
  if (typeof host.CORS === 'string')
    settings.cors = host.CORS.split(',')
      .map((origin) => origin.trim())
      .filter(Boolean);
  settings.corsCredentials = host.CORSCredentials === true;
  return settings;
}
