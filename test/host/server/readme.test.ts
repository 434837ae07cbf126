/** The README's table names a test for every row; each of them must exist. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

test('every row of the table of features names tests that exist', () => {
  const rows = readFileSync(join(root, 'src/host/README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.split('|').length === 6)
    .slice(2);
  assert.ok(rows.length > 20);
  const sources = globSync('test/host/{apps,seam,server}/*.test.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const all = sources.join('\n');
  const missing = rows
    .flatMap((row) => (row.split('|')[4] ?? '').split('·').map((name) => name.trim()))
    .filter((name) => !all.includes(`'${name}'`));
  assert.deepEqual(missing, []);
});
