/**
 * YAML 1.2 core or JSON text → JSON documents with the place of every value. Reads only what can be read in one way:
 * no aliases, no tags, no doubled keys, no number that a double would change. Knows nothing of kinds and keys.
 */
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import type { CST, Document, Node, Pair } from 'yaml';
import type { Json, JsonObject } from '../json.ts';
import { pointerOf, problem } from './problems.ts';
import type { Problem } from './problems.ts';
import { lexicalRefusal, tooDeep } from './yaml-bounds.ts';

export const MAX_TEXT_BYTES = 256 * 1024;
export const MAX_DEPTH = 32;
const MAX_DOCUMENTS = 200;
/** Of reading one document; what follows the first few is mostly their consequence. */
const MAX_PROBLEMS = 50;
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: true,
  merge: false,
  intAsBigInt: true,
  strict: true,
  stringKeys: false,
  logLevel: 'silent',
} as const;
const REFUSALS = {
  DEPTH: `The text is nested deeper than ${MAX_DEPTH} levels.`,
  TOO_LARGE: `The text holds more than ${MAX_DOCUMENTS} documents, or far too many signs.`,
  SYNTAX: 'The text is full of anchors, aliases or tags: none of them is allowed.',
} as const;

export interface ParsedDocument {
  readonly document: JsonObject;
  /** Line and column (one-based) of a pointer, or of the nearest place above it. */
  readonly at: (pointer: string) => { readonly line: number; readonly column: number } | null;
}

export interface ParsedText {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly Problem[];
}

export function parseText(text: string): ParsedText {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_TEXT_BYTES) {
    return refuse(
      'TOO_LARGE',
      `The text has ${bytes} bytes; ${MAX_TEXT_BYTES} are allowed.`,
      'Split it into several files.',
    );
  }
  if (!text.isWellFormed()) return refuse('SYNTAX', 'The text holds a lone surrogate: it is not valid Unicode.', null);
  const refused = lexicalRefusal(text, MAX_DOCUMENTS);
  if (refused !== null) return refuse(refused, REFUSALS[refused], null);
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  // One level of the document can take two of tokens, where a mapping stands directly in a list.
  if (tooDeep(tokens, 2 * MAX_DEPTH)) return refuse('DEPTH', REFUSALS.DEPTH, null);
  const list = composed(tokens);
  if (list === null) return refuse('SYNTAX', 'The text cannot be read.', null);
  if (list.length > MAX_DOCUMENTS) return refuse('TOO_LARGE', REFUSALS.TOO_LARGE, null);
  const documents: ParsedDocument[] = [];
  const problems: Problem[] = [];
  list.forEach((source, index) => {
    const reader = new DocumentReader(lines);
    const value = reader.read(source);
    const name = list.length > 1 ? `document ${index + 1}` : null;
    problems.push(...reader.problems.map((p) => ({ ...p, document: name })));
    if (value === null && list.length > 1 && reader.problems.length === 0) return;
    if (reader.problems.length > 0) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push({ ...problem('EMPTY', '', 'A document is a mapping of keys to values.'), document: name });
      return;
    }
    documents.push({ document: value as JsonObject, at: (pointer) => reader.position(pointer) });
  });
  if (documents.length === 0 && problems.length === 0)
    problems.push(problem('EMPTY', '', 'The text holds no document.'));
  return { documents, problems };
}

/** The composer passes lists of errors as arguments: with very many of them that overflows. */
function composed(tokens: readonly CST.Token[]): readonly Document.Parsed[] | null {
  try {
    return [...new Composer(OPTIONS).compose(tokens)];
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function refuse(code: 'TOO_LARGE' | 'SYNTAX' | 'DEPTH', message: string, suggestion: string | null): ParsedText {
  return { documents: [], problems: [problem(code, '', message, suggestion)] };
}

/** Walks one document once; collects values, places and problems. */
class DocumentReader {
  readonly problems: Problem[] = [];
  readonly #lines: LineCounter;
  readonly #offsets = new Map<string, number>();
  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(source: Document.Parsed): Json {
    for (const error of source.errors.slice(0, MAX_PROBLEMS)) {
      const duplicate = error.code === 'DUPLICATE_KEY';
      this.#report(
        duplicate ? 'DUPLICATE_ID' : 'SYNTAX',
        '',
        duplicate ? 'A key stands twice in the same mapping.' : `The text cannot be read: ${error.message}`,
        error.pos[0],
      );
    }
    for (const warning of source.warnings.slice(0, MAX_PROBLEMS)) {
      this.#report('SYNTAX', '', `The text cannot be read in one way only: ${warning.message}`, warning.pos[0]);
    }
    if (this.problems.length > 0 || source.contents === null) return null;
    return this.#value(source.contents as Node, [], 1);
  }

  position(pointer: string): { line: number; column: number } | null {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const offset = this.#offsets.get(at);
      if (offset !== undefined) return this.#place(offset);
      if (at === '') return null;
    }
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #report(
    code: Problem['code'],
    pointer: string,
    message: string,
    offset: number,
    suggestion: string | null = null,
  ): void {
    this.problems.push({ ...problem(code, pointer, message, suggestion), ...this.#place(offset) });
  }

  #value(node: Node, path: readonly string[], depth: number): Json {
    const pointer = pointerOf(path);
    const offset = node.range?.[0] ?? 0;
    if (!this.#offsets.has(pointer)) this.#offsets.set(pointer, offset);
    if (depth > MAX_DEPTH) {
      this.#report('DEPTH', pointer, `Nested deeper than ${MAX_DEPTH} levels.`, offset);
      return null;
    }
    if (isAlias(node)) {
      this.#report('SYNTAX', pointer, 'Aliases (`*name`) are not allowed.', offset, 'Write the value out.');
      return null;
    }
    if (hasExplicitTag(node)) {
      this.#report('SYNTAX', pointer, `Tags (\`${node.tag}\`) are not allowed.`, offset, 'Leave the tag out.');
      return null;
    }
    if (isMap(node)) return this.#map(node.items, path, depth);
    if (isSeq(node)) return node.items.map((item, i) => this.#value(item as Node, [...path, String(i)], depth + 1));
    if (isScalar(node)) return this.#scalar(node.value, pointer, offset);
    this.#report('SYNTAX', pointer, 'This value cannot be read.', offset);
    return null;
  }

  #map(items: readonly Pair[], path: readonly string[], depth: number): Json {
    const object: Record<string, Json> = {};
    for (const item of items) {
      const key = item.key as Node;
      const offset = key?.range?.[0] ?? 0;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.#report('SYNTAX', pointerOf(path), 'A key must be text.', offset, 'Put the key in quotation marks.');
        continue;
      }
      const below = [...path, key.value];
      if (key.value === '__proto__') {
        this.#report('UNKNOWN_KEY', pointerOf(below), 'The key `__proto__` is not allowed.', offset);
        continue;
      }
      if (!key.value.isWellFormed()) {
        this.#report('SYNTAX', pointerOf(path), 'A key holds a lone surrogate: it is not valid Unicode.', offset);
        continue;
      }
      if (hasExplicitTag(key)) {
        this.#report('SYNTAX', pointerOf(below), 'Tags are not allowed.', offset, 'Leave the tag out.');
        continue;
      }
      this.#offsets.set(pointerOf(below), offset);
      object[key.value] = item.value === null ? null : this.#value(item.value as Node, below, depth + 1);
    }
    return object;
  }

  #scalar(value: unknown, pointer: string, offset: number): Json {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') {
      if (value.isWellFormed()) return value;
      this.#report('SYNTAX', pointer, 'The text holds a lone surrogate: it is not valid Unicode.', offset);
      return null;
    }
    const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
    const unsafe = Number.isInteger(number) && !Number.isSafeInteger(number);
    if (!Number.isFinite(number) || unsafe) {
      this.#report(
        'INVALID_VALUE',
        pointer,
        'This number cannot be held exactly.',
        offset,
        'Write it as text, in quotation marks.',
      );
      return null;
    }
    return Object.is(number, -0) ? 0 : number;
  }
}

function hasExplicitTag(node: Node): boolean {
  return typeof node.tag === 'string' && node.tag.length > 0;
}
