/**
 * Takes known secret values out of whatever an outside system answered, in the forms in which systems echo them: raw,
 * base64 (both alphabets, padded or not), percent-encoded, JSON-escaped. Values shorter than four characters are no
 * secrets: removing them would only mangle answers.
 */
import type { Json } from '../../domain/json.ts';

const SCRUBBED = '[secret]';

export interface Scrubber {
  text(value: string): string;
  json(value: Json): Json;
}

export function scrubber(secrets: readonly string[]): Scrubber {
  const forms = new Set<string>();
  for (const secret of secrets) for (const form of formsOf(secret)) if (form.length >= 4) forms.add(form);
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  const text = (value: string): string => {
    let out = value;
    for (const form of ordered) if (out.includes(form)) out = out.replaceAll(form, SCRUBBED);
    return out;
  };
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return forms.has(String(value)) ? SCRUBBED : value;
    if (Array.isArray(value)) return value.map((item) => json(item as Json));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), json(item as Json)]));
    return value;
  };
  return { text, json: ordered.length === 0 ? (value) => value : json };
}

function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  const url = base64.replaceAll('+', '-').replaceAll('/', '_');
  const percent = encodeURIComponent(secret);
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    url,
    url.replace(/=+$/, ''),
    percent,
    percent.replaceAll('%20', '+'),
    percent.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
  ];
}
