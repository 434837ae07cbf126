/** What a CEL condition names and what is wrong with it, from its syntax tree. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { didYouMean } from '../workflow/problems.ts';
import { celEnvironment, compileCel } from './cel.ts';
import { childrenOf } from './cel-rewrite.ts';
import { CEL_FUNCTIONS, CEL_METHODS, CEL_POLICY_FUNCTIONS, CEL_TYPES } from './functions.ts';
import { MAX_EXPRESSION_LENGTH, UsageCollector } from './usage.ts';
import type { Usage } from './usage.ts';

const MACROS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'filter', 'map']);

export function celUsage(source: string, policy = false): Usage {
  const found = new UsageCollector();
  if (source.length > MAX_EXPRESSION_LENGTH) {
    found.add('EXPRESSION_FORBIDDEN', `A condition has at most ${MAX_EXPRESSION_LENGTH} characters.`);
    return found.usage();
  }
  if (source.includes('{{')) {
    found.add('EXPRESSION_SYNTAX', 'A condition is CEL and has no braces.', 'Leave `{{` and `}}` out.');
    return found.usage();
  }
  let tree: ASTNode;
  try {
    tree = celEnvironment(policy).parse(source).ast;
  } catch (error) {
    found.add('EXPRESSION_SYNTAX', `The CEL condition cannot be read: ${firstLine(error)}`);
    return found.usage();
  }
  new Walk(found, policy).node(tree, new Set());
  if (found.problems.length === 0) checkType(source, policy, found);
  return found.usage();
}

function checkType(source: string, policy: boolean, found: UsageCollector): void {
  try {
    const checked = compileCel(source, policy).check();
    if (!checked.valid)
      found.add('EXPRESSION_SYNTAX', `The CEL condition cannot be evaluated: ${firstLine(checked.error)}`);
    else if (checked.type !== 'bool' && checked.type !== 'dyn') {
      found.add('NOT_BOOLEAN', `A condition must be true or false; this one gives a ${checked.type}.`);
    }
  } catch (error) {
    found.add('EXPRESSION_SYNTAX', `The CEL condition cannot be evaluated: ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  return String((error as { message?: unknown })?.message ?? error).split('\n')[0] ?? '';
}

class Walk {
  readonly #found: UsageCollector;
  readonly #functions: ReadonlySet<string>;
  constructor(found: UsageCollector, policy: boolean) {
    this.#found = found;
    this.#functions = new Set([...CEL_FUNCTIONS, ...(policy ? CEL_POLICY_FUNCTIONS : [])]);
  }

  node(tree: ASTNode, bound: ReadonlySet<string>): void {
    switch (tree.op) {
      case 'id':
        if (!bound.has(tree.args) && !CEL_TYPES.has(tree.args)) this.#found.reference(tree.args, []);
        return;
      case '.':
      case '.?':
      case '[]':
      case '[?]':
        return this.#access(tree, bound);
      case 'call':
        return this.#call(tree.args[0], tree.args[1], bound, this.#functions);
      case 'rcall':
        return this.#method(tree.args[0], tree.args[1], tree.args[2], bound);
      default:
        for (const child of childrenOf(tree)) this.node(child, bound);
    }
  }

  /** Follows `a.b.c` down to its root; an index ends the literal path. */
  #access(tree: ASTNode, bound: ReadonlySet<string>): void {
    const names: string[] = [];
    let at = tree;
    for (;;) {
      if (at.op === '.' || at.op === '.?') {
        names.unshift(at.op === '.' ? at.args[1] : '');
        at = at.args[0];
      } else if (at.op === '[]' || at.op === '[?]') {
        names.length = 0;
        this.node(at.args[1], bound);
        at = at.args[0];
      } else break;
    }
    if (at.op === 'id' && !bound.has(at.args)) this.#found.reference(at.args, names);
    else this.node(at, bound);
  }

  #call(name: string, args: readonly ASTNode[], bound: ReadonlySet<string>, known: ReadonlySet<string>): void {
    if (!known.has(name)) this.#unknown(name, known);
    for (const arg of args) this.node(arg, bound);
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[], bound: ReadonlySet<string>): void {
    if (!CEL_METHODS.includes(name)) this.#unknown(name, new Set(CEL_METHODS));
    const [first, ...rest] = args;
    if (name === 'bind') {
      if (receiver.op !== 'id' || receiver.args !== 'cel' || first?.op !== 'id') return this.#unknown(name, new Set());
      const [value, ...body] = rest;
      if (value !== undefined) this.node(value, bound);
      for (const one of body) this.node(one, new Set([...bound, first.args]));
      return;
    }
    this.node(receiver, bound);
    if (MACROS.has(name) && first?.op === 'id') {
      for (const one of rest) this.node(one, new Set([...bound, first.args]));
      return;
    }
    for (const arg of args) this.node(arg, bound);
  }

  #unknown(name: string, known: ReadonlySet<string>): void {
    this.#found.add(
      'EXPRESSION_FORBIDDEN',
      name === 'inGroup'
        ? 'The function `inGroup` exists in policy rules only.'
        : `The function \`${name}\` does not exist here.`,
      name === 'matches' ? 'Use `re2(text, pattern)`.' : didYouMean(name, [...known]),
    );
  }
}
