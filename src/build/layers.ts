/**
 * The layer rule of the design: which folder may import which. Arrows only point inward; `composition` alone knows the
 * platforms, `host` knows nothing of ours, the domain knows nothing of Node. No file leads back to itself, not by a type either:
 * files of a circle can only be read together. `layers.ts [ROOT]`
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

const root = process.argv[2] ?? join(import.meta.dirname, '..', '..');
const ANY_PACKAGE = /.*/;

/** Folder → folders it may import (itself always), and packages it may import. */
const RULES: Readonly<Record<string, { folders: readonly string[]; packages: RegExp }>> = {
  'src/domain': { folders: [], packages: /^(zod|yaml|jsonata|@marcbachmann\/cel-js|re2js|lossless-json)$/ },
  'src/ports': { folders: ['src/domain', 'src/adapters/adapter.ts'], packages: /^node:crypto$/ },
  'src/contract': { folders: ['src/domain', 'src/ports'], packages: /^zod$/ },
  'src/app': {
    folders: ['src/domain', 'src/ports', 'src/contract'],
    packages: /^(node:(crypto|buffer)|zod)$/,
  },
  'src/orchestration': { folders: ['src/domain'], packages: /^durable-functions$/ },
  'src/activities': {
    folders: ['src/domain', 'src/ports', 'src/app', 'src/adapters/adapter.ts'],
    packages: /^node:(crypto|buffer)$/,
  },
  'src/adapters': { folders: ['src/domain', 'src/ports'], packages: ANY_PACKAGE },
  'src/platform': { folders: ['src/domain', 'src/ports', 'src/adapters/adapter.ts'], packages: ANY_PACKAGE },
  'src/config': { folders: [], packages: /^zod$/ },
  'src/composition': { folders: ['src', 'functions'], packages: ANY_PACKAGE },
  functions: {
    folders: ['src/app', 'src/orchestration', 'src/activities', 'src/ports', 'src/domain', 'src/contract'],
    packages: /^(@azure\/functions|durable-functions|zod|node:(fs\/promises|module))$/,
  },
  'src/host': { folders: [], packages: ANY_PACKAGE },
  'src/cli': {
    folders: [
      'src/host',
      'src/demo',
      'src/domain',
      'src/contract',
      'src/app',
      'src/platform/local',
      'src/platform/expressions',
      'src/config',
      'src/ports',
      'src/adapters',
    ],
    packages: ANY_PACKAGE,
  },
  'src/demo': { folders: ['src/domain'], packages: ANY_PACKAGE },
  'src/build': { folders: ['src/config'], packages: ANY_PACKAGE },
};

const findings: string[] = [];
/** File → files of ours that it imports. */
const imports = new Map<string, string[]>();
for (const file of globSync(['src/**/*.ts', 'functions/**/*.ts'], { cwd: root })) {
  const home = Object.keys(RULES).find((folder) => file.startsWith(`${folder}${sep}`));
  if (!home) {
    findings.push(`${file}: lies in no known folder`);
    continue;
  }
  const { folders, packages } = RULES[home]!;
  const targets: string[] = [];
  imports.set(file, targets);
  for (const name of importsOf(readFileSync(join(root, file), 'utf8'))) {
    if (!name.startsWith('.')) {
      if (!packages.test(name)) findings.push(`${file}: ${home} may not import the package ${name}`);
      continue;
    }
    const target = normalize(join(dirname(file), name));
    targets.push(target);
    const allowed = [home, ...folders].some((folder) => target === folder || target.startsWith(`${folder}${sep}`));
    if (!allowed) findings.push(`${file}: ${home} may not import ${target}`);
  }
}
/** Leads to no circle, or to one that has been told. */
const done = new Set<string>();
for (const file of imports.keys()) {
  const circle = circleFrom(file, []);
  if (circle === null) continue;
  findings.push(`circle of imports: ${[...circle, circle[0]].join(' → ')}`);
  for (const member of circle) done.add(member);
}
for (const finding of findings) console.log(finding);
process.exitCode = findings.length > 0 ? 1 : 0;

/** The first circle that the imports of `file` lead to; `path` is how it was come to. */
function circleFrom(file: string, path: readonly string[]): readonly string[] | null {
  if (path.includes(file)) return path.slice(path.indexOf(file));
  if (done.has(file)) return null;
  for (const target of imports.get(file) ?? []) {
    const circle = circleFrom(target, [...path, file]);
    if (circle !== null) return circle;
  }
  done.add(file);
  return null;
}

function importsOf(source: string): string[] {
  return [
    ...source.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*(?:\n[^'"\n;]*)*?from\s+['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
