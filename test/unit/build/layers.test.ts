/** What the check of the layers refuses, each seeded into a small tree; and that the tree without it passes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const CHECK = join(import.meta.dirname, '..', '..', '..', 'src', 'build', 'layers.ts');
const GOOD: Readonly<Record<string, string>> = {
  'src/domain/ids.ts': 'export type Id = string;',
  'src/domain/run/head.ts': "import type { Id } from '../ids.ts';",
  'src/app/start.ts':
    "import { z } from 'zod';\nimport type { Id } from '../domain/ids.ts';\nimport '../domain/run/head.ts';",
  'src/app/stop.ts': "export * from './start.ts';",
};

function check(files: Readonly<Record<string, string>>): { code: number | null; findings: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'countersign-layers-'));
  try {
    for (const [name, text] of Object.entries({ ...GOOD, ...files })) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), `${text}\n`);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, root], { encoding: 'utf8' });
    assert.doesNotMatch(stderr, /Error/);
    return { code: status, findings: stdout.split('\n').filter((line) => line !== '') };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('arrows that only point inward pass', () => {
  assert.deepEqual(check({}), { code: 0, findings: [] });
});

const REFUSED: readonly [what: string, files: Record<string, string>, finding: RegExp][] = [
  [
    'an import against the arrows, of a type only',
    { 'src/domain/ids.ts': "import type { A } from '../app/own.ts';", 'src/app/own.ts': '' },
    /^src\/domain\/ids\.ts: src\/domain may not import src\/app\/own\.ts$/,
  ],
  [
    'a package that the folder does not know',
    { 'src/domain/ids.ts': "import { readFileSync } from 'node:fs';" },
    /^src\/domain\/ids\.ts: src\/domain may not import the package node:fs$/,
  ],
  ['a file in a folder of no layer', { 'src/utils/text.ts': '' }, /^src\/utils\/text\.ts: lies in no known folder$/],
  [
    'two files that name each other’s types',
    {
      'src/domain/ids.ts': "import type {\n  Head,\n} from './run/head.ts';",
    },
    /^circle of imports: (src\/domain\/ids\.ts|src\/domain\/run\/head\.ts) → .* → \1$/,
  ],
  [
    'a circle over three files, one of them at run time, told once though a fourth leads to it',
    {
      'src/app/start.ts': "const later = import('./wait.ts');",
      'src/app/wait.ts': "export { stop } from './stop.ts';",
      'src/app/first.ts': "import './wait.ts';",
    },
    /^circle of imports: (src\/app\/\w+\.ts) → src\/app\/\w+\.ts → src\/app\/\w+\.ts → \1$/,
  ],
];
for (const [what, files, finding] of REFUSED)
  test(`refused: ${what}`, () => {
    const { code, findings } = check(files);
    assert.equal(code, 1);
    assert.equal(findings.length, 1, findings.join('\n'));
    assert.match(findings[0] ?? '', finding);
  });
