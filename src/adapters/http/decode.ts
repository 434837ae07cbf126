/**
 * From the bytes of an answer to JSON, all of it treated as hostile: decompression is bounded, text must be UTF-8, numbers
 * that a double cannot hold come as strings, and depth, `__proto__`, differing duplicate keys and lone surrogates are refused.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { isSafeNumber, parse } from 'lossless-json';
import type { Json } from '../../domain/json.ts';

export const MAX_DEPTH = 64;

export class Garbage extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Garbage';
  }
}
export class TooLarge extends Error {}

const unzip = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** Undoes `content-encoding`. One layer only: nobody honest stacks them. */
export async function decompress(bytes: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '' || bytes.length === 0) return bytes;
  if (!Object.hasOwn(unzip, name)) throw new Garbage('the content encoding is not supported');
  try {
    return await unzip[name as keyof typeof unzip](bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge();
    throw new Garbage('the content encoding cannot be undone');
  }
}

export function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder's own message says no more than this.
    throw new Garbage('the body is not UTF-8');
  }
}

/** Lossless JSON. Equal duplicate keys say the same thing twice and are let pass; differing ones are refused. */
export function parseLossless(text: string): Json {
  checkDepth(text);
  let value: unknown;
  try {
    value = parse(text, undefined, { parseNumber: lossless });
  } catch {
    // The parser's message quotes the text, which may hold data.
    throw new Garbage('the body is not JSON');
  }
  checkStrings(value as Json);
  return value as Json;
}

function lossless(text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value) || !isSafeNumber(text, { approx: false })) return text;
  return Object.is(value, -0) ? 0 : value;
}

/** Before parsing, because the parser recurses. */
function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) throw new Garbage(`the body is nested deeper than ${MAX_DEPTH}`);
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
}

function checkStrings(value: Json): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Garbage('the body holds a lone surrogate');
  } else if (Array.isArray(value)) {
    for (const item of value) checkStrings(item as Json);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') throw new Garbage('the body holds a forbidden key');
      if (!key.isWellFormed()) throw new Garbage('the body holds a lone surrogate');
      checkStrings(item as Json);
    }
  }
}
