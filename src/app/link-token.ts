/** Tokens of personal links: random, kept only as a hash. The nonce of a page is stateless and proves what was shown. */
import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Instant } from '../domain/json.ts';
import { canonicalJson } from '../domain/json.ts';
import type { Hash } from '../domain/sealing/digest.ts';

export const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest();

export const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
export const NONCE_MINUTES = 30;

export function newToken(random: (length: number) => Uint8Array): { readonly token: string; readonly hash: string } {
  const token = Buffer.from(random(TOKEN_BYTES)).toString('base64url');
  return { token, hash: hashOf(token) };
}

export const isToken = (text: string): boolean => TOKEN.test(text);

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What a page was about when it was made. */
export interface Shown {
  readonly tokenHash: string;
  readonly request: string;
  readonly revision: number;
  readonly digest: string;
}

/** `<expiry in seconds>.<mac>`: valid for exactly this token, request, revision and content. */
export function makeNonce(key: KeyObject, shown: Shown, now: Instant): string {
  const expiry = Math.floor(Date.parse(now) / 1000) + NONCE_MINUTES * 60;
  return `${expiry}.${macOf(key, shown, expiry).toString('base64url')}`;
}

export function checkNonce(key: KeyObject, shown: Shown, nonce: string, now: Instant): 'valid' | 'expired' | 'wrong' {
  const match = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(nonce);
  if (match === null) return 'wrong';
  const expiry = Number(match[1]);
  const given = Buffer.from(match[2] as string, 'base64url');
  if (given.length !== 32 || !timingSafeEqual(given, macOf(key, shown, expiry))) return 'wrong';
  return Date.parse(now) < expiry * 1000 ? 'valid' : 'expired';
}

function macOf(key: KeyObject, shown: Shown, expiry: number): Buffer {
  const { tokenHash, request, revision, digest } = shown;
  return createHmac('sha256', key)
    .update(canonicalJson([tokenHash, request, revision, digest, expiry]))
    .digest();
}
