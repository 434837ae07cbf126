/** An option that takes JSON, or `@file`. Read as strictly as the API reads it: a number that would change is refused, not sent. */
import { readFileSync } from 'node:fs';
import { parseStrictJson } from '../contract/strict-json.ts';
import { CliError } from './errors.ts';

/** `option` and `example` are for the message. Undefined stays undefined. */
export function readJsonOption(text: string | undefined, option: string, example: string): unknown {
  if (text === undefined) return undefined;
  const next = `Pass JSON such as ${option} '${example}', or ${option} @file.json.`;
  let bytes: Uint8Array;
  try {
    bytes = text.startsWith('@') ? readFileSync(text.slice(1)) : new TextEncoder().encode(text);
  } catch (error) {
    throw new CliError(
      'usage',
      `${option} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      next,
    );
  }
  const { value, errors } = parseStrictJson(bytes);
  if (errors.length === 0) return value;
  const lines = errors.map(({ pointer, message }) => `\n  ${pointer || '/'}: ${message.replace('the body', 'this')}`);
  throw new CliError('usage', `${option} cannot be read.${lines.join('')}`, next);
}
