/**
 * The command behind `npm run infra:check`: reads `infra/`, checks it with our rules and the published resource types, and
 * with the real compiler where it is installed. Prints findings as `file:line code message`; ends with the count.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REQUIRED_ON_AZURE } from '../../config/required.ts';
import { check } from './check.ts';
import { compile } from './compiler.ts';
import { line } from './finding.ts';
import { loadParser } from './syntax/parse.ts';
import { publishedTypes } from './types/published.ts';
import type { Catalog } from './types/published.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Text of everything below `infra/`, of the guide that the alerts point to, and of the host's configuration. */
export function readInfra(): Map<string, string> {
  const files = new Map<string, string>();
  const folder = join(root, 'infra');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(bicep|bicepparam|json)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/');
    files.set(path, readFileSync(join(folder, path), 'utf8'));
  }
  for (const path of ['docs/operations.md', 'host.json'])
    if (existsSync(join(root, path))) files.set(`../${path}`, readFileSync(join(root, path), 'utf8'));
  return files;
}

/** The published types, when their file lies beside the repository. */
export function readCatalog(): Catalog | null {
  const path = join(root, '..', 'shared', 'data', 'azure-resource-types.json');
  return existsSync(path)
    ? publishedTypes(JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof publishedTypes>[0])
    : null;
}

async function main(): Promise<void> {
  const files = readInfra();
  const catalog = readCatalog();
  if (!catalog)
    console.log(
      'The part on resource types is skipped: ../shared/data/azure-resource-types.json is not beside this repository.',
    );
  const outcome = check(await loadParser(), { files, catalog, requiredSettings: REQUIRED_ON_AZURE });
  for (const finding of outcome.findings) console.log(`infra/${line(finding)}`);
  const templates = [...files.keys()].filter(
    (path) => path === 'main.bicep' || path === 'entra/main.bicep' || path.endsWith('.bicepparam'),
  );
  const compiled = await compile(join(root, 'infra'), templates);
  for (const failure of compiled?.failures ?? []) console.log(failure);
  for (const path of compiled?.leftOut ?? [])
    console.log(
      `infra/${path} was not compiled: its extension is not on this machine (\`bicep restore infra/${path}\` gets it).`,
    );
  if (!compiled)
    console.log('The real compiler is not on the path (bicep, az bicep): its verdict is left to where it is.');
  const failed = outcome.failed + (compiled ? Math.min(compiled.checks, compiled.failures.length) : 0);
  const passed = outcome.checks + (compiled?.checks ?? 0) - failed;
  console.log(`infra: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
