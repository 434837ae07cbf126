/** azd's hooks as azd runs them, beside an `az` and an `azd` that write down what they are asked. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const HOOKS = join(import.meta.dirname, '../../infra/hooks');
const ENVIRONMENT = { AZURE_ENV_NAME: 'test', AZURE_LOCATION: 'westeurope', AZURE_SUBSCRIPTION_ID: 'sub-1' };
let folder = '';

function program(name: string, says: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${folder}/calls'\n${says}\n`);
  chmodSync(path, 0o755);
}

function hook(name: string, environment: Record<string, string>) {
  const ran = spawnSync(process.execPath, [join(HOOKS, `${name}.mjs`)], {
    encoding: 'utf8',
    env: { PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`, ...environment },
  });
  const calls = join(folder, 'calls');
  const asked = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { code: ran.status, said: ran.stderr, asked };
}

describe('hooks of azd', { skip: process.platform === 'win32' && 'the stand-ins are shell scripts' }, () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-hooks-'));
    program('azd', '');
    program('az', `echo '{"countersigN_AUDIENCE":{"type":"String","value":"client-1"}}'`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('before provisioning: registers in the subscription of azd, remembers audience and budget', () => {
    const { code, asked, said } = hook('preprovision', ENVIRONMENT);
    assert.equal(code, 0, said);
    assert.match(asked[0] ?? '', /^azd env set COUNTERSIGN_BUDGET_START \d{4}-\d{2}-01$/);
    assert.match(
      asked[1] ?? '',
      /^az deployment sub create --name countersign-entra-test --location westeurope .* --subscription sub-1 /,
    );
    assert.equal(asked[2], 'azd env set COUNTERSIGN_AUDIENCE client-1');
  });

  it('again: asks nothing and moves no date', () => {
    const known = { ...ENVIRONMENT, COUNTERSIGN_AUDIENCE: 'client-1', COUNTERSIGN_BUDGET_START: '2026-01-01' };
    assert.deepEqual(hook('preprovision', known), { code: 0, said: '', asked: [] });
  });

  it('after provisioning: lets the app read group members, once for each identity', () => {
    const provisioned = { ...ENVIRONMENT, COUNTERSIGN_APP_PRINCIPAL_ID: 'object-1' };
    const { asked } = hook('postprovision', provisioned);
    assert.match(asked[0] ?? '', /^az deployment sub create /);
    assert.equal(asked[1], 'azd env set COUNTERSIGN_GROUPS_GRANTED object-1');
    rmSync(join(folder, 'calls'));
    assert.deepEqual(hook('postprovision', { ...provisioned, COUNTERSIGN_GROUPS_GRANTED: 'object-1' }).asked, []);
  });

  it('a refused registration, and a region that is not known yet, stop azd and say why', () => {
    program('az', 'echo "AuthorizationFailed: not yours" >&2; exit 1');
    const refused = hook('preprovision', ENVIRONMENT);
    assert.equal(refused.code, 1);
    assert.match(refused.said, /az deployment sub create: AuthorizationFailed: not yours/);
    assert.match(hook('preprovision', { AZURE_ENV_NAME: 'test' }).said, /azd env set AZURE_LOCATION/);
  });
});
