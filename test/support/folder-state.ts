/** The bytes of everything in a data folder as one digest: equal as long as nothing was written, whatever was read. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SQLite's shared memory holds locks and no data: reading changes it. */
const LOCKS = /-shm$/;

export function stateOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of globSync('**/*', { cwd: folder }).sort()) {
    const file = join(folder, name);
    if (statSync(file).isFile() && !LOCKS.test(name)) hash.update(`${name}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}
