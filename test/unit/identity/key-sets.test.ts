/** Key sets that an issuer publishes at an address: read seldom, whatever tokens arrive, and never taken for a wrong token. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { jwtIdentity } from '../../../src/platform/identity/jwt.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const ISSUER = `https://login.microsoftonline.com/${TENANT}/v2.0`;

async function publisher(t: TestContext, handler: RequestListener) {
  let fetches = 0;
  const server = createServer((request, response) => {
    fetches += 1;
    handler(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => void server.close());
  const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return { identity: jwtIdentity({ issuers: [{ issuer: ISSUER, jwks }], audience: 'api' }), fetches: () => fetches };
}

const signed = async (key: CryptoKey, kid: string): Promise<string> =>
  `Bearer ${await new SignJWT({
    tid: TENANT,
    oid: 'person-1',
    ver: '2.0',
    azp: 'c',
    scp: 'access_as_user',
    roles: ['author'],
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuer(ISSUER)
    .setAudience('api')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('1h')
    .sign(key)}`;

test('two thousand unknown key ids fetch the key set once, and the right one still works', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const { identity, fetches } = await publisher(t, (_request, response) =>
    response.end(JSON.stringify({ keys: [jwk] })),
  );
  const good = await signed(privateKey, 'k1');
  assert.ok('id' in (await identity.verify(good)));
  const [, body = '', signature = ''] = good.split('.');
  for (let n = 0; n < 2000; n++) {
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `../k${n}` })).toString('base64url');
    assert.ok('refused' in (await identity.verify(`Bearer ${header}.${body}.${signature}`)));
  }
  assert.equal(fetches(), 1);
});

for (const [what, handler] of [
  ['answers 500', (_request, response) => response.writeHead(500).end('{}')],
  ['answers garbage', (_request, response) => response.end('<html>')],
  ['answers no key set', (_request, response) => response.end('{"keys":1}')],
  ['hangs up', (request) => request.socket.destroy()],
] satisfies [string, RequestListener][])
  test(`an issuer that ${what} is a dependency that does not answer, not a wrong token`, async (t) => {
    const { privateKey } = await generateKeyPair('RS256');
    const { identity } = await publisher(t, handler);
    await assert.rejects(identity.verify(await signed(privateKey, 'k1')), { code: 'KEY_UNAVAILABLE' });
  });
