/**
 * Validates access tokens (azure.md §2.4): RS256 only, issuer and its tenant pinned by settings, audience, times, and the
 * claims this product reads. There is no development path: on the local host the trusted issuer is a setting, no more.
 */
import { hash } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { PlatformFault } from '../../domain/errors.ts';
import { principalId, tenantId } from '../../domain/ids.ts';
import { ROLES, type Identity, type Principal, type Role, type TokenRefusal } from '../../ports/identity.ts';

const MAX_HEADER = 16_384;
const SKEW_SECONDS = 60;
const MAX_LIFETIME_SECONDS = 26 * 3600;

export interface IssuerSettings {
  readonly issuer: string;
  readonly jwks: string | { readonly keys: readonly Record<string, unknown>[] };
}

/**
 * An accepted token is remembered for so long, by its hash, so that a signature is not checked for every request of a
 * client (88 µs each). Its own times are looked at on every use; a key withdrawn by the issuer counts this much later.
 */
const REMEMBERED_MS = 30_000;
const REMEMBERED = 2_000;

/** Codes of jose that are about the issuer's key set, not about a token. */
const KEYS_UNREADABLE = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

interface Accepted {
  readonly principal: Principal;
  readonly until: number;
}

/** Cached keys of a remote issuer are fetched at most once in five minutes, however many unknown key ids arrive. */
export function jwtIdentity(options: {
  issuers: readonly IssuerSettings[];
  audience: string;
  now?: () => Date;
}): Identity {
  const keys = new Map<string, JWTVerifyGetKey>(
    options.issuers.map(({ issuer, jwks }) => [
      issuer,
      typeof jwks === 'string'
        ? createRemoteJWKSet(new URL(jwks), { cooldownDuration: 300_000, cacheMaxAge: 600_000, timeoutDuration: 5000 })
        : createLocalJWKSet(jwks as unknown as JSONWebKeySet),
    ]),
  );
  const remote = new Set(options.issuers.filter(({ jwks }) => typeof jwks === 'string').map(({ issuer }) => issuer));
  const accepted = new Map<string, Accepted>();
  const nowMs = (): number => (options.now?.() ?? new Date()).getTime();
  return {
    async verify(authorization) {
      const token = bearer(authorization);
      if (typeof token !== 'string') return token;
      const digest = hash('sha256', token, 'base64');
      const known = accepted.get(digest);
      if (known !== undefined && nowMs() < known.until) return known.principal;
      const issuer = claimedIssuer(token);
      const key = issuer === null ? undefined : keys.get(issuer);
      if (issuer === null || !key) return { refused: 'issuer' };
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['RS256'],
          issuer,
          audience: options.audience,
          clockTolerance: SKEW_SECONDS,
          requiredClaims: ['exp', 'iat', 'tid', 'oid'],
          ...(options.now ? { currentDate: options.now() } : {}),
        });
        const now = nowMs();
        const principal = principalOf(payload, issuer, options.audience, now / 1000);
        if (!('refused' in principal)) {
          const until = Math.min(now + REMEMBERED_MS, ((payload.exp ?? 0) + SKEW_SECONDS) * 1000);
          accepted.delete(digest);
          accepted.set(digest, { principal: deepFrozen(principal), until });
          if (accepted.size > REMEMBERED) accepted.delete(accepted.keys().next().value as string);
        }
        return principal;
      } catch (error) {
        const code = error instanceof errors.JOSEError ? error.code : null;
        // The token may be right: whoever is told 401 would throw it away.
        if (remote.has(issuer) && (code === null || KEYS_UNREADABLE.has(code)))
          throw new PlatformFault('KEY_UNAVAILABLE', `the keys of ${issuer} cannot be read`);
        return { refused: code ?? 'invalid' };
      }
    },
  };
}

/** Shared by requests from now on. */
function deepFrozen(principal: Principal): Principal {
  Object.freeze(principal.roles);
  Object.freeze(principal.groups);
  return Object.freeze(principal);
}

function bearer(authorization: string | null): string | TokenRefusal {
  if (authorization === null) return { refused: 'missing' };
  if (authorization.length > MAX_HEADER) return { refused: 'too-long' };
  const match = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/.exec(authorization);
  return match?.[1] ?? { refused: 'format' };
}

/** Only chooses the key set; everything is verified afterwards. */
function claimedIssuer(token: string): string | null {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : null;
  } catch {
    return null;
  }
}

function principalOf(claims: JWTPayload, issuer: string, audience: string, now: number): Principal | TokenRefusal {
  const { tid, oid, ver, roles, scp, groups, name, idtyp, amr, nonce, azp } = claims as Record<string, unknown>;
  if (claims.aud !== audience) return { refused: 'audience' };
  if (ver !== '2.0') return { refused: 'version' };
  if (
    typeof tid !== 'string' ||
    typeof oid !== 'string' ||
    !/^[A-Za-z0-9-]{1,64}$/.test(tid) ||
    !/^[A-Za-z0-9_-]{1,64}$/.test(oid)
  )
    return { refused: 'identity' };
  if (
    issuer.startsWith('https://login.microsoftonline.com/') &&
    issuer !== `https://login.microsoftonline.com/${tid}/v2.0`
  )
    return { refused: 'tenant' };
  if ((claims.exp ?? 0) - (claims.iat ?? 0) > MAX_LIFETIME_SECONDS || (claims.iat ?? 0) > now + SKEW_SECONDS)
    return { refused: 'lifetime' };
  if (nonce !== undefined || azp === undefined) return { refused: 'not-an-access-token' };
  if (idtyp !== undefined && idtyp !== 'app' && idtyp !== 'user') return { refused: 'type' };
  const app = idtyp === 'app' || scp === undefined;
  if (app ? !isTextList(roles) || roles.length === 0 : typeof scp !== 'string' || scp === '')
    return { refused: 'scope' };
  if (roles !== undefined && !isTextList(roles)) return { refused: 'roles' };
  if (groups !== undefined && !isTextList(groups)) return { refused: 'groups' };
  const names = (claims as { _claim_names?: { groups?: unknown } })._claim_names;
  return {
    id: principalId(oid),
    tenant: tenantId(tid),
    kind: app ? 'app' : 'user',
    name: typeof name === 'string' ? name.slice(0, 120) : oid,
    roles: ((roles as string[] | undefined) ?? []).filter((role): role is Role =>
      (ROLES as readonly string[]).includes(role),
    ),
    groups: (groups as string[] | undefined) ?? [],
    groupsOverage: groups === undefined && names?.groups !== undefined,
    mfa: isTextList(amr) && amr.includes('mfa'),
    ...(typeof azp === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(azp) ? { client: azp } : {}),
  };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
