/** Tokens that are almost right: every one of them is refused, and only the untouched one is accepted. */
import assert from 'node:assert/strict';
import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { exportJWK } from 'jose';
import { jwtIdentity } from '../../../src/platform/identity/jwt.ts';
import type { Identity } from '../../../src/ports/identity.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const AUDIENCE = 'api-client-id';
const TENANT = '11111111-2222-3333-4444-555555555555';
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const GOOD = {
  iss: ENTRA,
  aud: AUDIENCE,
  tid: TENANT,
  oid: 'person-1',
  ver: '2.0',
  azp: 'client',
  scp: 'access_as_user',
  name: 'A Person',
  roles: ['approver'],
  groups: ['g1'],
  iat: SECONDS - 60,
  nbf: SECONDS - 60,
  exp: SECONDS + 3000,
};
const HEADER = { alg: 'RS256', typ: 'JWT', kid: 'k1' };

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

function token(header: unknown, claims: unknown, key: KeyObject = pair.privateKey, hash = 'RSA-SHA256'): string {
  const body = `${encode(header)}.${encode(claims)}`;
  return `${body}.${sign(hash, Buffer.from(body), key).toString('base64url')}`;
}
const good = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
  const claims = Object.fromEntries(Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== undefined));
  return token({ ...HEADER, ...header }, claims);
};
const bearer = (text: string) => `Bearer ${text}`;
function hmacWithPublicKey(): string {
  const body = `${encode({ ...HEADER, alg: 'HS256' })}.${encode(GOOD)}`;
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  return `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`;
}
const [head = '', body = '', signature = ''] = good().split('.');

const MUTANTS: Record<string, string | null> = {
  'no header at all': null,
  'empty header': '',
  'another scheme': `Basic ${good()}`,
  'lower-case scheme': `bearer ${good()}`,
  'two blanks': `Bearer  ${good()}`,
  'trailing blank': `Bearer ${good()} `,
  'two tokens': `Bearer ${good()}, Bearer ${good()}`,
  'not a token': 'Bearer abc',
  'two parts': `Bearer ${head}.${body}`,
  'four parts': `Bearer ${good()}.x`,
  'empty signature': `Bearer ${head}.${body}.`,
  'padding characters': `Bearer ${head}=.${body}=.${signature}=`,
  'signature of other claims': `Bearer ${head}.${encode({ ...GOOD, oid: 'someone-else' })}.${signature}`,
  'one bit of the signature': `Bearer ${head}.${body}.${signature.slice(0, -4)}AAAA`,
  'claims that are not JSON': bearer(token(HEADER, 'not json')),
  'claims that are a list': bearer(token(HEADER, [GOOD])),
  'claims null': bearer(token(HEADER, null)),
  'a megabyte of header': `Bearer ${good({ padding: 'x'.repeat(1_000_000) })}`,
  'alg none': bearer(`${encode({ ...HEADER, alg: 'none' })}.${body}.x`),
  'alg None': bearer(`${encode({ ...HEADER, alg: 'None' })}.${body}.${signature}`),
  'alg missing': bearer(token({ typ: 'JWT', kid: 'k1' }, GOOD)),
  'alg HS256 with the public key': bearer(hmacWithPublicKey()),
  'alg RS512': bearer(token({ ...HEADER, alg: 'RS512' }, GOOD, pair.privateKey, 'RSA-SHA512')),
  'alg PS256': bearer(good({}, { alg: 'PS256' })),
  'alg ES256': bearer(good({}, { alg: 'ES256' })),
  'alg as list': bearer(good({}, { alg: ['RS256'] })),
  'signed by a stranger': bearer(token(HEADER, GOOD, stranger.privateKey)),
  'key in the header': bearer(
    token({ ...HEADER, jwk: stranger.publicKey.export({ format: 'jwk' }) }, GOOD, stranger.privateKey),
  ),
  'key address in the header': bearer(
    token({ ...HEADER, jku: 'https://evil.example/keys' }, GOOD, stranger.privateKey),
  ),
  'certificate address in the header': bearer(
    token({ ...HEADER, x5u: 'https://evil.example/cert' }, GOOD, stranger.privateKey),
  ),
  'unknown key id': bearer(good({}, { kid: 'k2' })),
  'key id with a path': bearer(good({}, { kid: '../../k1' })),
  'critical header unknown': bearer(good({}, { crit: ['exp2'], exp2: 1 })),
  'unencoded payload': bearer(good({}, { crit: ['b64'], b64: false })),
  'other issuer': bearer(good({ iss: 'https://evil.example' })),
  'issuer of another tenant': bearer(
    good({ iss: 'https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0' }),
  ),
  'issuer v1': bearer(good({ iss: `https://sts.windows.net/${TENANT}/` })),
  'issuer with a slash': bearer(good({ iss: `${ENTRA}/` })),
  'issuer upper case': bearer(good({ iss: ENTRA.toUpperCase() })),
  'issuer missing': bearer(good({ iss: undefined })),
  'issuer as list': bearer(good({ iss: [ENTRA] })),
  'tenant of another': bearer(good({ tid: '99999999-2222-3333-4444-555555555555' })),
  'tenant missing': bearer(good({ tid: undefined })),
  'tenant as path': bearer(good({ tid: '../other' })),
  'tenant as list': bearer(good({ tid: [TENANT] })),
  'audience of another': bearer(good({ aud: 'other-client-id' })),
  'audience missing': bearer(good({ aud: undefined })),
  'audience as list': bearer(good({ aud: [AUDIENCE, 'other'] })),
  'audience with prefix': bearer(good({ aud: `api://${AUDIENCE}` })),
  'object id missing': bearer(good({ oid: undefined })),
  'object id as number': bearer(good({ oid: 1 })),
  'object id with blanks': bearer(good({ oid: 'a b' })),
  'object id too long': bearer(good({ oid: 'x'.repeat(65) })),
  expired: bearer(good({ exp: SECONDS - 120 })),
  'expiry missing': bearer(good({ exp: undefined })),
  'expiry as text': bearer(good({ exp: String(SECONDS + 3000) })),
  'lives for a year': bearer(good({ exp: SECONDS + 365 * 86_400 })),
  'not yet valid': bearer(good({ nbf: SECONDS + 600 })),
  'issued in the future': bearer(good({ iat: SECONDS + 600 })),
  'issued at missing': bearer(good({ iat: undefined })),
  'version 1': bearer(good({ ver: '1.0' })),
  'version missing': bearer(good({ ver: undefined })),
  'an id token (nonce)': bearer(good({ nonce: 'n' })),
  'an id token (no client)': bearer(good({ azp: undefined })),
  'scope as list': bearer(good({ scp: ['access_as_user'] })),
  'scope empty': bearer(good({ scp: '' })),
  'app without roles': bearer(good({ scp: undefined, roles: undefined })),
  'app with empty roles': bearer(good({ scp: undefined, roles: [] })),
  'roles as text': bearer(good({ roles: 'admin' })),
  'roles nested': bearer(good({ roles: [['admin']] })),
  'roles as object': bearer(good({ roles: { admin: true } })),
  'groups as text': bearer(good({ groups: 'g1' })),
  'unknown token type': bearer(good({ idtyp: 'device' })),
};

describe('tokens that are almost right are refused', () => {
  let identity: Identity;
  before(async () => {
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    identity = jwtIdentity({ issuers: [{ issuer: ENTRA, jwks: { keys: [jwk] } }], audience: AUDIENCE, now: () => NOW });
  });
  test('the untouched token is accepted', async () => {
    const principal = await identity.verify(bearer(good()));
    assert.ok('id' in principal, JSON.stringify(principal));
    assert.deepEqual(
      [principal.id, principal.tenant, principal.kind, principal.roles],
      ['person-1', TENANT, 'user', ['approver']],
    );
  });
  test('an app token is an app, whatever it claims to be', async () => {
    const principal = await identity.verify(bearer(good({ scp: undefined, roles: ['starter'] })));
    assert.ok('id' in principal && principal.kind === 'app');
  });
  test('a key set that names no algorithms, as Entra’s, takes RS256 only', async () => {
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'sig' };
    const open = jwtIdentity({
      issuers: [{ issuer: ENTRA, jwks: { keys: [jwk] } }],
      audience: AUDIENCE,
      now: () => NOW,
    });
    assert.ok('id' in (await open.verify(bearer(good()))));
    const padding = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const pss = `${encode({ ...HEADER, alg: 'PS256' })}.${body}`;
    for (const other of [
      token({ ...HEADER, alg: 'RS384' }, GOOD, pair.privateKey, 'RSA-SHA384'),
      token({ ...HEADER, alg: 'RS512' }, GOOD, pair.privateKey, 'RSA-SHA512'),
      `${pss}.${sign('RSA-SHA256', Buffer.from(pss), padding).toString('base64url')}`,
      hmacWithPublicKey(),
    ])
      assert.ok('refused' in (await open.verify(bearer(other))));
  });
  test('a tenant of an issuer that is not Entra is a name, too', async () => {
    const iss = 'https://issuer.example';
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
    const own = jwtIdentity({ issuers: [{ issuer: iss, jwks: { keys: [jwk] } }], audience: AUDIENCE, now: () => NOW });
    assert.ok('id' in (await own.verify(bearer(good({ iss, tid: 'demo' })))));
    for (const tid of ['../demo', 'a b', 'x'.repeat(65), '', 'demo\n', ['demo']])
      assert.ok('refused' in (await own.verify(bearer(good({ iss, tid })))), String(tid));
  });
  const saying = async (changes: Record<string, unknown>) => {
    const principal = await identity.verify(bearer(good(changes)));
    assert.ok('id' in principal, JSON.stringify([changes, principal]));
    return principal;
  };
  test('a second factor is believed only where the token lists it', async () => {
    assert.equal((await saying({ amr: ['pwd', 'mfa'] })).mfa, true);
    for (const amr of [undefined, [], ['pwd'], 'mfa', ['mfa1'], [['mfa']], { mfa: true }])
      assert.equal((await saying({ amr })).mfa, false, JSON.stringify(amr));
  });
  test('groups are those of the token; only where it says that they did not fit are they asked elsewhere', async () => {
    const names = { _claim_names: { groups: 'src1' } };
    const told = async (changes: Record<string, unknown>) => {
      const { groups, groupsOverage } = await saying(changes);
      return [groups, groupsOverage];
    };
    assert.deepEqual(await told({ groups: ['g1', 'g2'] }), [['g1', 'g2'], false]);
    assert.deepEqual(await told({ groups: ['g1'], ...names }), [['g1'], false]);
    assert.deepEqual(await told({ groups: undefined }), [[], false]);
    assert.deepEqual(await told({ groups: undefined, ...names }), [[], true]);
  });
  test('a token that calls itself an app’s is one, with or without a scope, and needs roles', async () => {
    assert.equal((await saying({ idtyp: 'app' })).kind, 'app');
    assert.equal((await saying({ idtyp: 'user' })).kind, 'user');
    assert.ok('refused' in (await identity.verify(bearer(good({ idtyp: 'app', roles: [] })))));
    assert.ok('refused' in (await identity.verify(bearer(good({ idtyp: 'user', scp: '' })))));
  });
  test('names are cut, and a client id is one', async () => {
    const { name, client } = await saying({ name: 'x'.repeat(200) });
    assert.deepEqual([name.length, client], [120, 'client']);
    assert.equal((await saying({ name: 7 })).name, 'person-1');
    for (const azp of ['a b', 'x'.repeat(65), 7]) assert.ok(!('client' in (await saying({ azp }))), String(azp));
  });
  test('times are taken with a minute of skew, and a life of 26 hours at most', async () => {
    const times: readonly (readonly [Record<string, number>, boolean])[] = [
      [{ exp: SECONDS - 59 }, true],
      [{ exp: SECONDS - 60 }, false],
      [{ nbf: SECONDS + 60 }, true],
      [{ nbf: SECONDS + 61 }, false],
      [{ iat: SECONDS + 60 }, true],
      [{ iat: SECONDS + 61 }, false],
      [{ iat: SECONDS - 60, exp: SECONDS - 60 + 26 * 3600 }, true],
      [{ iat: SECONDS - 60, exp: SECONDS - 59 + 26 * 3600 }, false],
    ];
    for (const [changes, taken] of times)
      assert.equal('id' in (await identity.verify(bearer(good(changes)))), taken, JSON.stringify(changes));
  });
  test('roles that this product does not know are dropped', async () => {
    const principal = await identity.verify(bearer(good({ roles: ['approver', 'GlobalAdmin'] })));
    assert.ok('id' in principal);
    assert.deepEqual(principal.roles, ['approver']);
  });
  assert.ok(Object.keys(MUTANTS).length >= 60);
  for (const [name, authorization] of Object.entries(MUTANTS)) {
    test(name, async () => assert.ok('refused' in (await identity.verify(authorization))));
  }
});
