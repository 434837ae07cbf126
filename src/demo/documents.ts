/** The sample documents of the demo workspace, with the addresses of this start put in. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One text per file of the workspace, in the order of their names. */
export function demoDocuments(urls: { readonly fieldOpsUrl: string; readonly erpUrl: string }): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    $FIELD_OPS_URL: new URL(urls.fieldOpsUrl).origin,
    $ERP_URL: new URL(urls.erpUrl).origin,
  };
  const directory = workspaceDirectory();
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      return text.replace(/\$[A-Z_]+_URL\b/g, (place) => values[place] ?? place);
    });
}

/** Beside this file in the sources; from the bundle, in the sources of the package. */
function workspaceDirectory(): string {
  const places = [join(import.meta.dirname, 'workspace'), join(import.meta.dirname, '..', 'src', 'demo', 'workspace')];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error('the folder src/demo/workspace is missing from this installation');
  return found;
}
