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

  it('is not missed when it is not there', () => {
    process.env['PATH'] = folder;
    assert.equal(compile('infra', ['main.bicep']), null);
  });

  it('builds and lints templates, builds parameter files', () => {
    program('bicep', 'echo "$@" >> "$(dirname "$0")/calls"');
    const run = compile('infra', ['main.bicep', 'main.bicepparam']);
    assert.deepEqual(run, { name: 'bicep', checks: 3, failures: [] });
    assert.deepEqual(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n'), [
      '--version',
      `build ${join('infra', 'main.bicep')} --stdout`,
      `lint ${join('infra', 'main.bicep')}`,
      `build-params ${join('infra', 'main.bicepparam')} --stdout`,
    ]);
  });

  it('a warning is a failure, also when it ends with 0', () => {
    program('bicep', 'if [ "$1" = build ]; then echo "main.bicep(3,5) : Warning BCP037: no such property" >&2; fi');
    assert.deepEqual(compile('infra', ['main.bicep'])?.failures, [
      'main.bicep(3,5) : Warning BCP037: no such property',
    ]);
  });

  it('an end without words is a failure too', () => {
    program('bicep', '[ "$1" = --version ] || exit 1');
    assert.equal(compile('infra', ['main.bicepparam'])?.failures.length, 1);
  });

  it('`az bicep` stands in for `bicep`', () => {
    program('az', 'exit 0');
    assert.equal(compile('infra', ['main.bicep'])?.name, 'az bicep');
  });
});
