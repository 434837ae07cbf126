/**
 * Adapters that a deployment brings itself, named in its settings and never by an API. They are trusted code in our process,
 * so each must lie inside the app package and be the very file whose hash the settings list; both are shown to operators.
 */
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AdapterModule } from './module.ts';

export interface OwnModuleSetting {
  /** Relative to the app package. */
  readonly path: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

export interface LoadedModule extends OwnModuleSetting {
  readonly module: AdapterModule;
}

/** Loads all, or throws one error that lists every problem; nothing is imported before its path and hash are right. */
export async function loadOwnModules(
  packageRoot: string,
  settings: readonly OwnModuleSetting[],
): Promise<readonly LoadedModule[]> {
  const problems: string[] = [];
  const loaded: LoadedModule[] = [];
  const root = await realpath(packageRoot);
  for (const setting of settings) {
    const outcome = await load(root, setting);
    if (typeof outcome === 'string') problems.push(`${setting.path}: ${outcome}`);
    else loaded.push(outcome);
  }
  if (problems.length > 0) throw new Error(`adapter modules cannot be loaded:\n${problems.join('\n')}`);
  return loaded;
}

async function load(root: string, setting: OwnModuleSetting): Promise<LoadedModule | string> {
  let file: string;
  let bytes: Buffer;
  try {
    file = await realpath(resolve(root, setting.path));
    bytes = await readFile(file);
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`;
  }
  const inside = relative(root, file);
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))
    return 'lies outside the app package';
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== setting.sha256.toLowerCase()) return `its SHA-256 is ${sha256}, not the one in the settings`;
  const exported = (await import(pathToFileURL(file).href)) as { readonly adapterModule?: unknown };
  if (!isModule(exported.adapterModule)) return 'exports no `adapterModule`';
  return { ...setting, module: exported.adapterModule };
}

const METHODS = ['check', 'resource', 'command', 'fetch', 'lookup', 'push', 'execute', 'reconcile', 'test'] as const;

function isModule(value: unknown): value is AdapterModule {
  const given = value as Partial<AdapterModule> | undefined;
  return (
    typeof given === 'object' &&
    given !== null &&
    typeof given.name === 'string' &&
    Array.isArray(given.systemTypes) &&
    Array.isArray(given.connectionTypes) &&
    typeof given.infers === 'function' &&
    METHODS.every((method) => typeof given.adapter?.[method] === 'function')
  );
}
