/** Is the table of what is supported still true? Each row names a test that exists. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const page = readFileSync(join(import.meta.dirname, '../../../src/host/hub/SUPPORTED.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('every row of SUPPORTED.md names a test that exists', () => {
  assert.ok(rows.length > 30);
  const sources = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n')
    .replaceAll("\\'", "'");
  for (const [, feature, supported, , name = ''] of rows) {
    if (supported === 'no' && name === '–') continue;
    assert.ok(name.length > 5 && sources.includes(name), `${feature}: no test is called "${name}"`);
  }
});
