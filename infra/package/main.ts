/**
 * Puts together what is deployed: the built app, `host.json`, a package.json of a few lines and the files that the
 * reference page is served from. Nothing else of the repository reaches Azure: no sources, no local stores, no tools.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zip } from './zip.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['package.json', 'swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly main: string;
}

/** Every file of the package by its path inside it. */
export function contents(): Map<string, Uint8Array> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  if (!existsSync(join(root, manifest.main)))
    throw new Error(`${manifest.main} is not built: run \`npm run build\` first`);
  const files = new Map<string, Uint8Array>();
  const add = (path: string, from = path): void => void files.set(path, readFileSync(join(root, from)));
  add('host.json');
  for (const path of globSync(['dist/app*.mjs', 'dist/expression-worker.mjs'], { cwd: root }))
    add(path.replaceAll('\\', '/'));
  for (const page of pages) add(`node_modules/swagger-ui-dist/${page}`);
  const { name, version, main } = manifest;
  files.set(
    'package.json',
    Buffer.from(`${JSON.stringify({ name, version, main, type: 'module', private: true }, null, 2)}\n`),
  );
  return files;
}

/** Writes `dist/azure/`, from which azd deploys, and `dist/azure.zip`; returns the path of the archive. */
export function packageApp(): string {
  const files = contents();
  const folder = join(root, 'dist', 'azure');
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const archive = join(root, 'dist', 'azure.zip');
  writeFileSync(archive, zip(files));
  return archive;
}
