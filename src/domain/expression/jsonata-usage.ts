/**
 * What a JSONata expression names, from its syntax tree: the roots of its literal paths, forbidden functions, and every
 * way to reach the scope without a literal path. Decides nothing about whether a named thing exists.
 */
import jsonata from 'jsonata';
import { didYouMean } from '../workflow/problems.ts';
import { linearPattern } from './linear-pattern.ts';
import { ADDED_FUNCTIONS, JSONATA_FUNCTIONS, REMOVED_FUNCTIONS } from './functions.ts';
import { MAX_EXPRESSION_LENGTH, UsageCollector } from './usage.ts';
import type { Usage } from './usage.ts';

const KNOWN = new Set([...JSONATA_FUNCTIONS, ...ADDED_FUNCTIONS]);
const REMOVED = new Set(REMOVED_FUNCTIONS);
/** The parser works twice through the left side of `??` and `?:`: thirty of them nested would take it hours. */
const MAX_DEFAULTS = 10;
const MAX_BRACKETS = 100;
const MAX_SIGNS = 1_500;

/** The part of JSONata's tree that this file reads; the library's own types are older than its parser. */
export interface Tree {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Tree[];
  readonly stages?: readonly Tree[];
  readonly predicate?: readonly Tree[];
  readonly expr?: Tree;
  readonly focus?: string;
  readonly index?: string;
  readonly group?: { readonly lhs: readonly (readonly Tree[])[] };
  readonly lhs?: Tree | readonly (readonly Tree[])[];
  readonly rhs?: Tree;
  readonly arguments?: readonly Tree[];
  readonly [key: string]: unknown;
}

export function jsonataUsage(source: string): Usage {
  const found = new UsageCollector();
  if (source.length > MAX_EXPRESSION_LENGTH) {
    found.add('EXPRESSION_FORBIDDEN', `An expression has at most ${MAX_EXPRESSION_LENGTH} characters.`);
    return found.usage();
  }
  if ((source.match(/\?[?:]/g) ?? []).length > MAX_DEFAULTS) {
    found.add('EXPRESSION_FORBIDDEN', `An expression has at most ${MAX_DEFAULTS} \`??\` and \`?:\`.`);
    return found.usage();
  }
  if (tooTangled(source)) {
    found.add(
      'EXPRESSION_FORBIDDEN',
      'The expression is nested too deep or has too many operators.',
      'Split it by `vars` or `with`.',
    );
    return found.usage();
  }
  let tree: Tree;
  try {
    tree = jsonata(source).ast() as unknown as Tree;
  } catch (error) {
    const { message } = error as { message?: unknown };
    found.add('EXPRESSION_SYNTAX', `The JSONata expression cannot be read: ${String(message ?? 'syntax error')}`);
    return found.usage();
  }
  const bound = new Set<string>();
  collectBound(tree, bound);
  for (const name of bound) {
    if (REMOVED.has(name)) found.add('EXPRESSION_FORBIDDEN', `The name \`$${name}\` cannot be used for a variable.`);
  }
  new Walk(found, bound).node(tree, false, 0);
  return found.usage();
}

/**
 * The parser recurses for every bracket and operator, and a stack that ends inside it can end the process. It overflows at
 * two thousand brackets or four thousand operators; what is in strings counts too, as a rough bound is enough.
 */
function tooTangled(source: string): boolean {
  let depth = 0;
  let signs = 0;
  for (const c of source) {
    if (c === '(' || c === '[' || c === '{') depth += 1;
    else if (c === ')' || c === ']' || c === '}') depth -= 1;
    if (!/[\w\s"'`]/.test(c)) signs += 1;
    if (depth > MAX_BRACKETS || signs > MAX_SIGNS) return true;
  }
  return false;
}

/** Every variable that the expression itself binds, anywhere. */
function collectBound(tree: unknown, bound: Set<string>): void {
  if (Array.isArray(tree)) {
    for (const one of tree) collectBound(one, bound);
    return;
  }
  if (typeof tree !== 'object' || tree === null || tree instanceof RegExp) return;
  const node = tree as Tree;
  if (node.type === 'bind' && typeof (node.lhs as Tree | undefined)?.value === 'string')
    bound.add(String((node.lhs as Tree).value));
  if (node.type === 'lambda') for (const arg of node.arguments ?? []) bound.add(String(arg.value));
  if (typeof node.focus === 'string') bound.add(node.focus);
  if (typeof node.index === 'string') bound.add(node.index);
  for (const value of Object.values(node)) collectBound(value, bound);
}

class Walk {
  readonly #found: UsageCollector;
  readonly #bound: ReadonlySet<string>;
  constructor(found: UsageCollector, bound: ReadonlySet<string>) {
    this.#found = found;
    this.#bound = bound;
  }

  /** `inside`: the context is a value taken from the scope, no longer the scope itself. */
  node(tree: Tree, inside: boolean, depth: number): void {
    if (depth > 100) {
      this.#found.add('EXPRESSION_FORBIDDEN', 'The expression is nested too deep.');
      return;
    }
    const next = (one: Tree | undefined, relative = inside): void => {
      if (one !== undefined) this.node(one, relative, depth + 1);
    };
    this.#attached(tree, depth);
    switch (tree.type) {
      case 'path':
        return this.#path(tree, inside, depth);
      case 'name':
        if (!inside) this.#found.reference(String(tree.value), []);
        return;
      case 'variable':
        return this.#variable(String(tree.value), inside);
      case 'wildcard':
      case 'descendant':
        if (!inside) this.#found.dynamic('a wildcard reaches the whole scope', null);
        return;
      case 'parent':
        return this.#found.dynamic('`%` (parent) can reach the whole scope', 'Bind the outer value: `xs@$x.…`.');
      case 'regex':
        return this.#regex(tree.value);
      case 'unary':
        next(tree['expression'] as Tree | undefined);
        for (const one of (tree['expressions'] as readonly Tree[] | undefined) ?? []) next(one);
        for (const pair of (tree.lhs as readonly (readonly Tree[])[] | undefined) ?? [])
          for (const one of pair) next(one);
        return;
      case 'transform':
        next(tree['pattern'] as Tree | undefined, true);
        next(tree['update'] as Tree | undefined, true);
        next(tree['delete'] as Tree | undefined, true);
        return;
      case 'lambda':
        return next(tree['body'] as Tree | undefined);
      case 'bind':
        return next(tree.rhs);
      case 'function':
      case 'partial':
        this.#procedure(tree['procedure'] as Tree, inside, depth);
        for (const one of tree.arguments ?? []) next(one);
        return;
      default:
        next(tree['condition'] as Tree | undefined);
        next(tree['then'] as Tree | undefined);
        next(tree['else'] as Tree | undefined);
        if (tree.lhs !== undefined && !Array.isArray(tree.lhs)) next(tree.lhs as Tree);
        next(tree.rhs);
        for (const one of (tree['expressions'] as readonly Tree[] | undefined) ?? []) next(one);
    }
  }

  /** Filters and grouping hang on any node; they look into values. */
  #attached(tree: Tree, depth: number): void {
    for (const stage of [...(tree.stages ?? []), ...(tree.predicate ?? [])]) {
      if (stage.expr !== undefined) this.node(stage.expr, true, depth + 1);
    }
    for (const pair of tree.group?.lhs ?? []) for (const one of pair) this.node(one, true, depth + 1);
    const terms = tree['terms'] as readonly { readonly expression: Tree }[] | undefined;
    for (const term of terms ?? []) this.node(term.expression, true, depth + 1);
  }

  #path(tree: Tree, inside: boolean, depth: number): void {
    const steps = tree.steps ?? [];
    const [first] = steps;
    if (first === undefined) return;
    const scope = first.type === 'variable' && (first.value === '$' || (first.value === '' && !inside));
    // `@` keeps the context of the step before it: bound on the first step, what follows reads the scope again.
    if (first.focus !== undefined && (scope || !inside)) {
      this.#found.dynamic('`@` on the first name leaves the whole scope in reach', 'Bind with `($x := …; …)`.');
    }
    let from = 1;
    if (scope || (first.type === 'name' && !inside)) {
      const names: string[] = [];
      let at = scope && plain(first) ? 1 : 0;
      for (; at < steps.length; at += 1) {
        const step = steps[at] as Tree;
        if (step.type !== 'name') break;
        names.push(String(step.value));
        if (step.focus !== undefined && names.length <= (names[0] === 'steps' ? 2 : 1)) {
          this.#found.dynamic('`@` here leaves other names in reach', 'Bind with `($x := …; …)`.');
        }
        if (!plain(step)) {
          at += 1;
          break;
        }
      }
      const [root, ...rest] = names;
      // A filter on `steps` or on `steps.<name>` chooses by a value: the path up to there is what counts.
      const cut = names.length > 0 && names.length <= 2 && !plain(steps[at - 1] as Tree) && root === 'steps';
      if (root === undefined) this.#found.dynamic('the scope is used as a whole', 'Name a value: `input.<name>`.');
      else if (cut) this.#found.dynamic('`steps` is searched by a value', 'Name the step: `steps.<name>.output`.');
      else this.#found.reference(root, rest);
      from = Math.max(at, 1);
      for (const step of steps.slice(0, from)) this.#attached(step, depth);
    } else {
      this.node(first, inside, depth + 1);
    }
    for (const step of steps.slice(from)) this.node(step, true, depth + 1);
  }

  #procedure(tree: Tree, inside: boolean, depth: number): void {
    if (tree.type === 'path' || tree.type === 'name') {
      const word = String(tree.steps?.[0]?.value ?? tree.value ?? '');
      this.#found.add(
        'EXPRESSION_FORBIDDEN',
        `\`${word}(…)\` is no function.`,
        `Functions begin with \`$\`: \`$${word}(…)\`.`,
      );
      return;
    }
    this.node(tree, inside, depth + 1);
  }

  #variable(name: string, inside: boolean): void {
    if (name === '$' || (name === '' && !inside)) {
      return this.#found.dynamic('the scope is used as a whole', 'Name a value: `input.<name>`.');
    }
    if (name === '' || this.#bound.has(name) || KNOWN.has(name)) return;
    this.#found.add(
      'EXPRESSION_FORBIDDEN',
      REMOVED.has(name)
        ? `The function \`$${name}\` does not exist here.`
        : `There is no function or variable \`$${name}\`.`,
      name === 'now' || name === 'millis' ? 'Use `run.now`.' : didYouMean(name, [...KNOWN, ...this.#bound]),
    );
  }

  #regex(value: unknown): void {
    if (!(value instanceof RegExp)) return;
    try {
      linearPattern(value.source);
    } catch {
      this.#found.add(
        'EXPRESSION_FORBIDDEN',
        `The regular expression /${value.source.slice(0, 60)}/ cannot be matched in linear time.`,
        'Write it without look-around, back-references and large repetitions.',
      );
    }
  }
}

function plain(step: Tree): boolean {
  return (step.stages ?? []).length === 0 && (step.predicate ?? []).length === 0;
}
