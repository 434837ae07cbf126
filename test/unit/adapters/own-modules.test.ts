/** A2: an adapter of the deployment's own is loaded only from inside the package and only as the file that was listed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadOwnModules } from '../../../src/adapters/own-modules.ts';
import { registryOf } from '../../../src/adapters/registry.ts';

const GOOD = `
const nothing = async () => ({});
export const adapterModule = {
  name: 'operational/own', systemTypes: [], connectionTypes: [], infers: () => false,
  adapter: { check: () => [], resource: () => null, command: () => null, fetch: nothing, lookup: nothing, push: nothing,
    execute: nothing, reconcile: nothing, test: nothing },
};`;
const BAD = 'globalThis.ranUnlistedModule = true; export const adapterModule = {};';
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

test('inside and listed is loaded; outside, linked, changed or shapeless is refused, all at once, unrun', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-own-'));
  t.after(() => rm(folder, { recursive: true }));
  const root = join(folder, 'package');
  await mkdir(root);
  await writeFile(join(root, 'good.mjs'), GOOD);
  await writeFile(join(root, 'empty.mjs'), 'export const adapterModule = {};');
  await writeFile(join(folder, 'outside.mjs'), BAD);
  await writeFile(join(root, 'changed.mjs'), BAD);
  await symlink(join(folder, 'outside.mjs'), join(root, 'linked.mjs'));
  const [loaded] = await loadOwnModules(root, [{ path: 'good.mjs', sha256: sha(GOOD) }]);
  assert.equal(loaded?.module.name, 'operational/own');
  assert.equal(loaded?.sha256, sha(GOOD));
  assert.equal(registryOf([loaded.module]).length, registryOf().length + 1);
  await assert.rejects(
    loadOwnModules(root, [
      { path: '../outside.mjs', sha256: sha(BAD) },
      { path: 'linked.mjs', sha256: sha(BAD) },
      { path: 'changed.mjs', sha256: sha(GOOD) },
      { path: 'missing.mjs', sha256: sha(GOOD) },
      { path: 'empty.mjs', sha256: sha('export const adapterModule = {};') },
    ]),
    (error: Error) => {
      for (const problem of [
        'outside.mjs: lies outside',
        'linked.mjs: lies outside',
        'changed.mjs: its SHA-256',
        'missing.mjs: cannot be read',
        'empty.mjs: exports no',
      ])
        assert.ok(error.message.includes(problem), `${problem} in ${error.message}`);
      return true;
    },
  );
  assert.equal((globalThis as { ranUnlistedModule?: true }).ranUnlistedModule, undefined);
});
