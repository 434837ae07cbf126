/** Files below the data folder: names that cannot leave it, private modes, writes that are on the disk when they return. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** One part of a path: what ids and blob names are made of, and nothing that a file system gives a meaning to. */
export function part(text: string): string {
  if (!/^[A-Za-z0-9_~-]{1,120}$/.test(text))
    throw new TypeError('a name may hold only letters, digits, "_", "~" and "-"');
  return text;
}

export function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function syncFolder(folder: string): void {
  // Windows cannot open folders; there the file's own fsync has to do.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

async function syncFolderSoon(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and, for each part that was made, tells the disk about it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolderSoon(dirname(at));
}

/**
 * Writes a new file whole: either the name does not exist, or it holds all bytes, whatever happens in between. Resolves when it
 * is on the disk. False when the name is taken (the file that stands is left as it is).
 */
export async function createFile(file: string, bytes: Uint8Array, draftFolder = dirname(file)): Promise<boolean> {
  const folder = dirname(file);
  await makeFolder(folder);
  const draft = join(draftFolder, `.draft-${randomBytes(9).toString('hex')}-${basename(file).slice(0, 20)}`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
    await syncFolderSoon(folder);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
