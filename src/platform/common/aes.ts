/** AES-256-GCM as Countersign uses it everywhere: random 96-bit nonce before the ciphertext, 128-bit tag behind it. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { randomFrom } from './random.ts';

const NONCE = 12;
const TAG = 16;
export const OVERHEAD = NONCE + TAG;

/** nonce ‖ ciphertext ‖ tag. */
export function encrypt(key: KeyObject, associated: Uint8Array, plain: Uint8Array): Buffer {
  const iv = randomFrom(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  cipher.setAAD(associated);
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([iv, body, cipher.getAuthTag()], OVERHEAD + body.length);
}

/** Null when the bytes were not encrypted with this key for these associated bytes. */
export function decrypt(key: KeyObject, associated: Uint8Array, bytes: Uint8Array): Buffer | null {
  if (bytes.length < OVERHEAD) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const plain = decipher.update(bytes.subarray(NONCE, bytes.length - TAG));
  try {
    decipher.final();
  } catch {
    // The one way in which node:crypto says that the tag does not fit.
    return null;
  }
  return plain;
}
