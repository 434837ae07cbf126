/** The real compiler, played by a script on the path: what it says decides, and its absence is not a failure. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { compile } from '../../src/build/infra-check/compiler.ts';

const before = process.env['PATH'] ?? '';
let folder = '';

function program(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

describe('the compiler on the path', { skip: process.platform === 'win32' && 'the stand-in is a shell script' }, () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'infra-check-'));
    process.env['PATH'] = `${folder}${delimiter}/usr/bin${delimiter}/bin`;
  });
  afterEach(() => {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is not missed when it is not there', async () => {
    process.env['PATH'] = folder;
    assert.equal(await compile('infra', ['main.bicep']), null);
  });

  it('builds templates and parameter files, and fetches nothing', async () => {
    program('bicep', 'echo "$@" >> "$(dirname "$0")/calls"');
    const run = await compile('infra', ['main.bicep', 'main.bicepparam']);
    assert.deepEqual(run, { name: 'bicep', checks: 2, failures: [], leftOut: [] });
    assert.deepEqual(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').toSorted(), [
      '--version',
      `build ${join('infra', 'main.bicep')} --no-restore --stdout`,
      `build-params ${join('infra', 'main.bicepparam')} --no-restore --stdout`,
    ]);
  });

  it('a warning is a failure, also when it ends with 0, and is said once', async () => {
    program('bicep', 'case "$1" in build*) echo "main.bicep(3,5) : Warning BCP037: no such property" >&2;; esac');
    const run = await compile('infra', ['main.bicep', 'main.bicepparam']);
    assert.deepEqual(run?.failures, ['main.bicep(3,5) : Warning BCP037: no such property']);
  });

  it('an end without words is a failure too', async () => {
    program('bicep', '[ "$1" = --version ] || exit 1');
    assert.equal((await compile('infra', ['main.bicepparam']))?.failures.length, 1);
  });

  it('a file whose extension was never restored is left out, whatever else follows from that', async () => {
    const said = 'e.bicep(5,11) : Error BCP190: has not been restored\ne.bicep(9,1) : Error BCP029: no such type';
    program('bicep', `[ "$1" = --version ] || { echo "${said}" >&2; exit 1; }`);
    const run = await compile('infra', ['e.bicep']);
    assert.deepEqual(run, { name: 'bicep', checks: 0, failures: [], leftOut: ['e.bicep'] });
  });

  it('`az bicep` stands in for `bicep`', async () => {
    program('az', 'echo "$@" >> "$(dirname "$0")/calls"');
    assert.equal((await compile('infra', ['main.bicep']))?.name, 'az bicep');
    assert.match(
      readFileSync(join(folder, 'calls'), 'utf8'),
      /^bicep build --file \S+main\.bicep --no-restore --stdout$/m,
    );
  });
});
