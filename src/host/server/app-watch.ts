/** Tells when a file of the app changed: one call for a burst of changes, packages and the data folder left out. */
import { type FSWatcher, watch } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

const quietMs = 300;
const relevant = /\.(?:[cm]?js|json|wasm|node)$/;

export function watchApp(app: string, data: string, changed: () => void): { close(): void } {
  const root = resolve(app);
  const own = relative(root, resolve(data));
  let timer: NodeJS.Timeout | undefined;
  const watcher: FSWatcher = watch(root, { recursive: true }, (_event, file) => {
    if (!file || !relevant.test(file)) return;
    const parts = file.split(sep);
    if (parts.includes('node_modules') || parts.includes('.git')) return;
    if (own && !own.startsWith('..') && (file === own || file.startsWith(own + sep))) return;
    clearTimeout(timer);
    timer = setTimeout(changed, quietMs);
  });
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
