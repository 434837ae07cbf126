/**
 * Tells when a file of the app changed: one call for a burst of changes. Packages, hidden folders and the data folder
 * are left out, which is why folders are watched one by one: the system's own recursion would take them all.
 */
import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';

const quietMs = 300;
const relevant = /\.(?:[cm]?js|json|wasm|node)$/;

export function watchApp(app: string, data: string, changed: () => void): { close(): void } {
  const root = resolve(app);
  const own = resolve(data);
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  function follow(folder: string): void {
    if (watchers.has(folder) || folder === own) return;
    const watcher = watch(folder, (_event, file) => {
      if (!file) return;
      // A new folder brings files that nobody has told about yet.
      if (!/\./.test(file)) scan(folder);
      if (!relevant.test(file)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, quietMs);
    });
    // A folder that is gone has nothing more to tell; a build may make it again.
    watcher.on('error', () => forget(folder));
    watchers.set(folder, watcher);
    scan(folder);
  }

  function scan(folder: string): void {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
          follow(join(folder, entry.name));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      forget(folder);
    }
  }

  function forget(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  follow(root);
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
