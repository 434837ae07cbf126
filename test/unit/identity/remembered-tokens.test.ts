/** An accepted token is remembered for a while: never beyond its own end, never for a token that differs from it. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK } from 'jose';
import { jwtIdentity } from '../../../src/platform/identity/jwt.ts';

const START = Date.parse('2026-11-21T12:00:00Z');
const ISSUER = 'https://issuer.example';
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenUntil(exp: number): string {
  const claims = {
    iss: ISSUER,
    aud: 'api',
    tid: 't',
    oid: 'o',
    ver: '2.0',
    azp: 'c',
    scp: 's',
    iat: START / 1000,
    exp,
  };
  const body = `${encode({ alg: 'RS256', kid: 'k' })}.${encode(claims)}`;
  return `Bearer ${body}.${sign('RSA-SHA256', Buffer.from(body), pair.privateKey).toString('base64url')}`;
}

async function identity() {
  const clock = { now: START };
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256' }];
  const now = () => new Date(clock.now);
  return { clock, ...jwtIdentity({ issuers: [{ issuer: ISSUER, jwks: { keys } }], audience: 'api', now }) };
}

test('a remembered token is the same person, and nobody can change who that is', async () => {
  const { verify } = await identity();
  const token = tokenUntil(START / 1000 + 3600);
  const first = await verify(token);
  const second = await verify(token);
  assert.ok(!('refused' in first) && !('refused' in second));
  assert.equal(second, first);
  assert.throws(() => (second.roles as string[]).push('admin'), TypeError);
  assert.throws(() => (second.groups as string[]).push('finance'), TypeError);
  assert.throws(() => Object.assign(second, { tenant: 'other' }), TypeError);
});

test('after thirty seconds a token is verified anew', async () => {
  const { clock, verify } = await identity();
  const token = tokenUntil(START / 1000 + 3600);
  const first = await verify(token);
  clock.now += 29_999;
  assert.equal(await verify(token), first);
  clock.now += 1;
  assert.notEqual(await verify(token), first);
  assert.deepEqual(await verify(token), first);
});

test('a remembered token ends when its own time is over', async () => {
  const { clock, verify } = await identity();
  const token = tokenUntil(START / 1000 + 10);
  assert.ok(!('refused' in (await verify(token))));
  clock.now += 69_999;
  assert.ok(!('refused' in (await verify(token))), 'within the allowed skew');
  clock.now += 1;
  assert.ok('refused' in (await verify(token)));
});

test('a token with the claims of a remembered one and another signature is refused', async () => {
  const { verify } = await identity();
  const token = tokenUntil(START / 1000 + 3600);
  assert.ok(!('refused' in (await verify(token))));
  const at = token.lastIndexOf('.') + 5;
  const other = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  assert.ok('refused' in (await verify(other)));
});
