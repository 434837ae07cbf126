/**
 * Builds what runs: the Functions app (`dist/app.mjs`, split so that a platform's libraries load only where they are
 * used), the local host, its front, the command line and the expression worker. `--if-stale` builds only when a source
 * file is newer than the last build.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');
const stamp = join(root, 'dist', '.stamp');
const fingerprint = sourceFingerprint();
if (process.argv.includes('--if-stale') && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint)
  process.exit(0);

/** Built beside the last build and then put in its place, so that nothing ever runs half of one. */
const draft = join(root, `dist.${process.pid}`);

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  outdir: draft,
  define: {
    COUNTERSIGN_VERSION: JSON.stringify(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    ),
  },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  external: ['@azure/functions-core', 'better-sqlite3', 'swagger-ui-dist', 'esbuild'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

await Promise.all([
  build({
    ...common,
    entryPoints: { app: 'src/composition/main.ts' },
    splitting: true,
    chunkNames: 'app-[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
  }),
  build({ ...common, entryPoints: { host: 'src/host/main.ts' }, splitting: true, chunkNames: 'host-[name]-[hash]' }),
  build({ ...common, entryPoints: { front: 'src/host/front/front.ts' } }),
  build({ ...common, entryPoints: { cli: 'src/cli/main.ts' }, splitting: true, chunkNames: 'cli-[name]-[hash]' }),
  build({ ...common, entryPoints: { 'expression-worker': 'src/platform/expressions/worker.ts' } }),
]);
writeFileSync(join(draft, '.stamp'), fingerprint);
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(draft, join(root, 'dist'));

function sourceFingerprint(): string {
  const hash = createHash('sha256');
  for (const file of globSync(['src/**/*.{ts,mjs,yaml,html,css}', 'functions/**/*.ts', 'package-lock.json'], {
    cwd: root,
  }).sort()) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
