/**
 * The canary tool: plants 30 kinds of secrets and personal values, then looks for them in files and texts in every form in
 * which a program tends to write text. Its own test proves that it finds what was planted.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CANARY_KINDS } from './canary-kinds.ts';
import { seeded } from './seeded.ts';

export interface Canary {
  readonly kind: string;
  readonly value: string;
}

export interface Leak {
  readonly kind: string;
  /** File below the folder, or the name of the text. */
  readonly where: string;
  readonly form: string;
  readonly offset: number;
}

/** One value of each kind, different for each seed. */
export function makeCanaries(seed: number): readonly Canary[] {
  const random = seeded(seed);
  return Object.entries(CANARY_KINDS).map(([kind, make]) => ({ kind, value: make(random) }));
}

/** An object that carries every canary: as values, nested, in a list, in a long text. */
export function planted(canaries: readonly Canary[]): Record<string, unknown> {
  return {
    fields: Object.fromEntries(canaries.map(({ kind, value }) => [kind, value])),
    rows: canaries.map(({ value }, index) => ({ index, note: `see ${value}, please` })),
    text: canaries.map(({ value }) => value).join('\n'),
  };
}

/** Shorter values would be found by chance. */
const SHORTEST = 8;

interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Base64 of a text depends on how many bytes stand before it: the part that is the same whatever stands around it. */
function base64Cores(value: Buffer, alphabet: 'base64' | 'base64url'): Form[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), value])
      .toString(alphabet)
      .replace(/=+$/, '');
    // Characters that also hold bits of a neighbour are left out at both ends.
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + value.length) * 8) / 6);
    return { name: `${alphabet} at ${before}`, bytes: Buffer.from(whole.slice(start, end)) };
  });
}

function formsOf(value: string): readonly Form[] {
  const raw = Buffer.from(value);
  const text = (name: string, escaped: string): Form => ({ name, bytes: Buffer.from(escaped) });
  const unicode = [...value].map((c) => (/[A-Za-z0-9 ]/.test(c) ? c : escapeUnicode(c))).join('');
  const all = [
    { name: 'raw', bytes: raw },
    ...base64Cores(raw, 'base64'),
    ...base64Cores(raw, 'base64url'),
    text('hex', raw.toString('hex')),
    text('HEX', raw.toString('hex').toUpperCase()),
    text('URL', encodeURIComponent(value)),
    text('form', encodeURIComponent(value).replaceAll('%20', '+')),
    text('JSON', JSON.stringify(value).slice(1, -1)),
    text('JSON in JSON', JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1)),
    text('\\u-escaped', unicode),
    { name: 'UTF-16', bytes: Buffer.from(value, 'utf16le') },
    text('HTML', value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')),
  ];
  const seen = new Set<string>();
  return all.filter((form) => {
    const key = form.bytes.toString('latin1');
    return form.bytes.length >= SHORTEST && !seen.has(key) && seen.add(key);
  });
}

function escapeUnicode(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

export class CanaryScan {
  readonly #forms: readonly { readonly kind: string; readonly form: Form }[];
  readonly leaks: Leak[] = [];
  /** Files and texts looked at, so that a scan of nothing does not pass. */
  readonly looked: string[] = [];
  bytes = 0;

  constructor(canaries: readonly Canary[]) {
    this.#forms = canaries.flatMap(({ kind, value }) => formsOf(value).map((form) => ({ kind, form })));
  }

  text(where: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    this.looked.push(where);
    this.bytes += bytes.length;
    for (const { kind, form } of this.#forms) {
      const offset = bytes.indexOf(form.bytes);
      if (offset >= 0) this.leaks.push({ kind, where, form: form.name, offset });
    }
  }

  /** Every file below `folder`, its name too; `except` are folders or files below it that may hold values in clear. */
  folder(folder: string, except: readonly string[] = []): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(folder, name);
      if (except.some((one) => !relative(join(folder, one), path).startsWith('..'))) continue;
      this.text(`name of ${name}`, name);
      if (statSync(path).isFile()) this.text(name, readFileSync(path));
    }
  }

  /** Kinds found, sorted. */
  kinds(): readonly string[] {
    return [...new Set(this.leaks.map((leak) => leak.kind))].sort();
  }

  /** One line a leak, for a test's message: where and in which form, never the value. */
  report(): string {
    return this.leaks.map((leak) => `${leak.kind} (${leak.form}) in ${leak.where} at ${leak.offset}`).join('\n');
  }
}
