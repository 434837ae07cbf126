/**
 * The JSONata engine: the closed list of functions, texts bounded wherever they can grow, regular expressions in linear
 * time. A compiled expression is kept. Runs where a thread can be stopped: time is not its affair.
 */
import jsonata from 'jsonata';
import { decimalAdd, decimalCompare, decimalSum } from './decimals.ts';
import { BoundedCache } from './cache.ts';
import { REMOVED_FUNCTIONS } from './functions.ts';
import { jsonataUsage } from './jsonata-usage.ts';
import type { Tree } from './jsonata-usage.ts';
import { LIMITS, TooLarge } from './limits.ts';
import { LinearRegExp } from './linear-regexp.ts';

/** What the pure engine borrows from its surroundings. */
export interface EngineHelp {
  /** SHA-256 in hex. */
  readonly sha256: (text: string) => string;
}

export interface CompiledJsonata {
  evaluate(scope: unknown): Promise<unknown>;
}

type Compiled = ReturnType<typeof jsonata>;
type Implementation = (this: jsonata.Focus, ...args: never[]) => unknown;

/** Key of the scope that salts `$digest`; no expression can name it. */
export const SALT_KEY = '#salt';

export class JsonataEngine {
  readonly #help: EngineHelp;
  readonly #compiled = new BoundedCache<string, CompiledJsonata>(2_000);
  constructor(help: EngineHelp) {
    this.#help = help;
  }

  /** Throws `SyntaxError` for what validation would refuse. */
  compile(source: string): CompiledJsonata {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const [refused] = jsonataUsage(source).problems;
    if (refused !== undefined) throw new SyntaxError(refused.message);
    const expression = jsonata(source, {
      // The library types it as `RegExpConstructor` and uses `new`, `lastIndex` and `exec`.
      RegexEngine: LinearRegExp as unknown as RegExpConstructor,
      stack: LIMITS.stack,
      sequence: LIMITS.sequence,
    });
    guardConcatenation(expression.ast() as unknown as Tree);
    this.#register(expression);
    const fresh = { evaluate: (scope: unknown) => expression.evaluate(scope) as Promise<unknown> };
    this.#compiled.set(source, fresh);
    return fresh;
  }

  #register(expression: Compiled): void {
    for (const name of REMOVED_FUNCTIONS) expression.assign(name, undefined);
    const add = (name: string, implementation: Implementation, signature?: string): void =>
      expression.registerFunction(name, implementation as (...args: unknown[]) => unknown, signature);
    add(BOUND, ((text: unknown) => bounded(text)) as Implementation);
    add(
      'pad',
      ((text: string | undefined, width: number, char?: string) => pad(text, width, char)) as Implementation,
      '<s-ns?:s>',
    );
    add('join', ((list: readonly string[] | undefined, by?: string) => join(list, by)) as Implementation, '<a<s>s?:s>');
    add('decimalAdd', ((a: unknown, b: unknown) => decimalAdd(a, b)) as Implementation);
    add('decimalSum', ((list: unknown) =>
      decimalSum(Array.isArray(list) ? list : list === undefined ? [] : [list])) as Implementation);
    add('decimalCompare', ((a: unknown, b: unknown) => decimalCompare(a, b)) as Implementation);
    const { sha256 } = this.#help;
    add('uuidFrom', ((text: string) => uuidOf(sha256(`countersign uuid\n${text}`))) as Implementation, '<s:s>');
    add(
      'digest',
      function digest(this: jsonata.Focus, ...args: never[]): string {
        const scope = this.environment.lookup('$') as Readonly<Record<string, unknown>> | null;
        const salt = scope?.[SALT_KEY];
        if (typeof salt !== 'string') throw new TypeError('$digest needs the salt of a run');
        return sha256(`${salt}\n${String(args[0])}`);
      },
      '<s:s>',
    );
  }
}

const BOUND = '~bounded';

function bounded(value: unknown): unknown {
  if (typeof value === 'string' && value.length > LIMITS.text) throw new TooLarge('a text grew over the limit');
  return value;
}

/** Doubling a text is the quickest way to fill the memory: every `&` and every call that can make a long text is measured. */
function guardConcatenation(tree: unknown): void {
  if (Array.isArray(tree)) {
    for (const one of tree) guardConcatenation(one);
    return;
  }
  if (typeof tree !== 'object' || tree === null || tree instanceof RegExp) return;
  const node = tree as Record<string, unknown>;
  if (node[GUARDED] === true) return;
  for (const value of Object.values(node)) guardConcatenation(value);
  const concatenates = node['type'] === 'binary' && node['value'] === '&';
  const grows = node['type'] === 'function' && GROWING.has(String((node['procedure'] as Tree | undefined)?.value));
  if (!concatenates && !grows) return;
  const hanging = ['stages', 'predicate', 'group', 'focus', 'index', 'tuple', 'keepArray', 'nextFunction'];
  const inner: Record<string, unknown> = { [GUARDED]: true };
  for (const [key, value] of Object.entries(node)) {
    if (hanging.includes(key)) continue;
    inner[key] = value;
    delete node[key];
  }
  Object.assign(node, {
    type: 'function',
    value: '(',
    position: inner['position'],
    arguments: [inner],
    procedure: { type: 'variable', value: BOUND },
    [GUARDED]: true,
  });
}

const GUARDED = '~guarded';
const GROWING = new Set([
  'replace',
  'string',
  'encodeUrl',
  'encodeUrlComponent',
  'base64encode',
  'formatNumber',
  'formatInteger',
  'formatBase',
  'fromMillis',
  'reduce',
]);

function pad(text: string | undefined, width: number, char = ' '): string | undefined {
  if (text === undefined) return undefined;
  if (Math.abs(width) > LIMITS.pad || char.length > LIMITS.pad)
    throw new TooLarge(`$pad reaches at most ${LIMITS.pad}`);
  const missing = Math.abs(width) - [...text].length;
  if (missing <= 0) return text;
  const unit = char === '' ? ' ' : char;
  const filling = [...unit.repeat(Math.ceil(missing / [...unit].length))].slice(0, missing).join('');
  return width > 0 ? text + filling : filling + text;
}

function join(list: readonly string[] | undefined, by = ''): string | undefined {
  if (list === undefined) return undefined;
  let total = 0;
  for (const one of list) {
    total += one.length + by.length;
    if (total > LIMITS.text) throw new TooLarge('a text grew over the limit');
  }
  return list.join(by);
}

function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
