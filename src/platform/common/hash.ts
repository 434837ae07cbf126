/** SHA-256 of node:crypto in the shapes that domain and stores ask for. */
import { createHash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export const sha256Hex = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
