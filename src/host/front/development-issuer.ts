/**
 * The local host's own token issuer: a key pair in the data folder (0600) and tokens shaped like Entra's. Only the host's
 * front and the command line mint; the app trusts the public key because a setting says so, as it trusts Entra's on Azure.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';

export const DEVELOPMENT_ISSUER = 'https://development.countersign.localhost';
export const DEVELOPMENT_AUDIENCE = 'countersign-local';
export const DEVELOPMENT_TENANT = 'demo';
const LIFETIME_SECONDS = 8 * 3600;

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}

/** Who can be chosen by name, and who a caller is when nobody is named. */
export interface Accounts {
  readonly default: string;
  readonly accounts: readonly Account[];
}

export interface DevelopmentIssuer {
  /** Goes into the app's setting `COUNTERSIGN_ISSUERS`. */
  readonly jwks: { readonly keys: readonly JWK[] };
  mint(account: Account, tenant?: string): Promise<string>;
}

interface StoredKey {
  readonly privateKey: JWK;
  readonly publicKey: JWK;
}

/** Reads the issuer of a data folder; makes one where there is none. */
export async function openIssuer(directory: string): Promise<DevelopmentIssuer> {
  const file = join(directory, 'issuer.json');
  if (!existsSync(file)) await create(directory, file);
  const stored = JSON.parse(readFileSync(file, 'utf8')) as StoredKey;
  const key = (await importJWK(stored.privateKey, 'RS256')) as CryptoKey;
  return {
    jwks: { keys: [stored.publicKey] },
    mint: (account, tenant = DEVELOPMENT_TENANT) =>
      new SignJWT({
        ver: '2.0',
        tid: tenant,
        oid: account.id,
        name: account.name,
        roles: [...account.roles],
        groups: [...account.groups],
        scp: 'access_as_user',
        azp: 'countersign-cli',
        idtyp: 'user',
      })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: String(stored.publicKey.kid) })
        .setIssuer(DEVELOPMENT_ISSUER)
        .setAudience(DEVELOPMENT_AUDIENCE)
        .setSubject(account.id)
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .sign(key),
  };
}

async function create(directory: string, file: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const named = { kid: `local-${Date.now().toString(36)}`, alg: 'RS256', use: 'sig' };
  const stored: StoredKey = {
    privateKey: { ...(await exportJWK(pair.privateKey)), ...named },
    publicKey: { ...(await exportJWK(pair.publicKey)), ...named },
  };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
  renameSync(draft, file);
}

export function readAccounts(directory: string): Accounts {
  const file = join(directory, 'accounts.json');
  if (!existsSync(file)) return { default: '', accounts: [] };
  return JSON.parse(readFileSync(file, 'utf8')) as Accounts;
}

export function writeAccounts(directory: string, accounts: Accounts): void {
  writeFileSync(join(directory, 'accounts.json'), `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 });
}
