/** Settings: all problems at once, and what would be a hole on Azure is refused there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REQUIRED_ON_AZURE } from '../../../src/config/required.ts';
import { readSettings, settingsSchema, SettingsError, trustedIssuers } from '../../../src/config/settings.ts';

const LOCAL = {
  COUNTERSIGN_PUBLIC_URL: 'http://localhost:7071',
  COUNTERSIGN_AUDIENCE: 'a',
  COUNTERSIGN_DATA: '/tmp/x',
  COUNTERSIGN_ISSUERS: '[{"issuer":"https://i.example","jwks":{"keys":[{"kty":"RSA"}]}}]',
};
const AZURE = {
  COUNTERSIGN_PLATFORM: 'azure',
  COUNTERSIGN_PUBLIC_URL: 'https://c.example',
  COUNTERSIGN_AUDIENCE: 'a',
  COUNTERSIGN_TENANTS: '11111111-2222-4333-8444-555555555555',
  COUNTERSIGN_COSMOS_ENDPOINT: 'https://c.documents.azure.com',
  COUNTERSIGN_COSMOS_DATABASE: 'countersign',
  COUNTERSIGN_BLOB_ENDPOINT: 'https://b.blob.core.windows.net',
  COUNTERSIGN_KEYS_ENDPOINT: 'https://k.blob.core.windows.net',
  COUNTERSIGN_KEY_VAULT: 'https://v.vault.azure.net',
  COUNTERSIGN_SECRET_VAULT: 'https://s.vault.azure.net',
};
function problems(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
}

describe('settings', () => {
  test('complete ones are read', () => {
    assert.deepEqual(problems(LOCAL), []);
    assert.deepEqual(problems(AZURE), []);
  });
  test('everything that is missing is listed together', () => {
    const missing = problems({ COUNTERSIGN_PLATFORM: 'azure' });
    for (const name of Object.keys(AZURE).slice(1))
      assert.ok(
        missing.some((line) => line.startsWith(`${name}:`)),
        name,
      );
  });
  test('a development issuer on Azure refuses to start', () => {
    assert.deepEqual(problems({ ...AZURE, COUNTERSIGN_ISSUERS: LOCAL.COUNTERSIGN_ISSUERS }), [
      'COUNTERSIGN_ISSUERS: is for the local platform only; remove it',
    ]);
  });
  test('private addresses cannot be allowed on Azure', () =>
    assert.equal(problems({ ...AZURE, COUNTERSIGN_ALLOW_PRIVATE: '*' }).length, 1));
  test('plain http is refused on Azure', () =>
    assert.equal(problems({ ...AZURE, COUNTERSIGN_PUBLIC_URL: 'http://c.example' }).length, 1));
  test('every setting says what it is for', () => {
    for (const [name, shape] of Object.entries(settingsSchema.shape)) assert.ok((shape.description ?? '') !== '', name);
  });
  test('what the templates have to set is what the app demands', () => {
    for (const name of Object.keys(AZURE)) assert.ok(REQUIRED_ON_AZURE.includes(name), name);
    for (const name of REQUIRED_ON_AZURE.filter((each) => each in settingsSchema.shape && each in AZURE)) {
      const { [name]: _left, ...rest } = AZURE as Record<string, string>;
      if (name !== 'COUNTERSIGN_PLATFORM') assert.equal(problems(rest).length, 1, name);
    }
  });
  test('missing, wrong and contradictory settings come in one list', () => {
    const wrong = { COUNTERSIGN_SWEEP: 'hourly', COUNTERSIGN_HISTORY_DAYS: '0', COUNTERSIGN_ALLOW_PRIVATE: '*' };
    const { COUNTERSIGN_AUDIENCE: _left, ...rest } = AZURE;
    const told = problems({ ...rest, ...wrong }).map((line) => line.split(':')[0]);
    assert.deepEqual(told.toSorted(), ['COUNTERSIGN_AUDIENCE', ...Object.keys(wrong)].toSorted());
  });
  test('what has to lie apart may not be one place, however it is written', () => {
    for (const [name, other] of [
      ['COUNTERSIGN_SECRET_VAULT', 'COUNTERSIGN_KEY_VAULT'],
      ['COUNTERSIGN_KEYS_ENDPOINT', 'COUNTERSIGN_BLOB_ENDPOINT'],
    ] as const) {
      const told = problems({ ...AZURE, [name]: `${AZURE[other].toUpperCase().replace('HTTPS', 'https')}/` });
      assert.equal(told.length, 1, told.join());
      assert.match(told[0] ?? '', new RegExp(`^${name}: must not be the same as ${other}`));
    }
    const evidence = { COUNTERSIGN_EVIDENCE_ENDPOINT: AZURE.COUNTERSIGN_KEYS_ENDPOINT };
    assert.equal(problems({ ...AZURE, ...evidence }).length, 1);
  });
  test('a misspelled setting of a deployment is no setting; elsewhere the environment is not ours alone', () => {
    assert.deepEqual(problems({ ...AZURE, COUNTERSIGN_RETENTON_DAYS: '7' }), [
      'COUNTERSIGN_RETENTON_DAYS: is no setting of this release',
    ]);
    assert.deepEqual(problems({ ...LOCAL, COUNTERSIGN_TOKEN: 'x' }), []);
  });
  test('values that mean nothing are refused: no tenant, no instrumentation key, an unknown platform', () => {
    assert.equal(problems({ ...AZURE, COUNTERSIGN_TENANTS: ' , ' }).length, 1);
    assert.equal(problems({ ...AZURE, COUNTERSIGN_TELEMETRY: 'IngestionEndpoint=x' }).length, 1);
    const { COUNTERSIGN_DATA: _data, ...rest } = LOCAL;
    assert.equal(
      problems({ ...rest, COUNTERSIGN_PLATFORM: 'aws' }).length,
      1,
      'and nothing is said of another platform',
    );
  });
  test('settings of Azure beside the local platform show that the platform was forgotten', () => {
    const { COUNTERSIGN_PLATFORM: _platform, COUNTERSIGN_TENANTS: _tenants, ...rest } = AZURE;
    const told = problems({ ...LOCAL, ...rest });
    assert.equal(told.length, 6, told.join());
    assert.ok(told.every((line) => line.includes('COUNTERSIGN_PLATFORM=azure')));
  });
  test('a value is never repeated in a problem', () => {
    const lines = problems({ ...LOCAL, COUNTERSIGN_ISSUERS: '{"secret-canary"' });
    assert.equal(lines.length, 1);
    assert.ok(!lines.join().includes('secret-canary'));
  });
  test('on Azure only Entra issues tokens, one issuer for each tenant', () => {
    assert.deepEqual(
      trustedIssuers(readSettings(AZURE)).map(({ issuer }) => issuer),
      ['https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0'],
    );
  });
});
