/**
 * CEL as LANGUAGE wants it, by rewriting the text at places the syntax tree names: integer literals become doubles (JSON
 * has no integers), calls that give integers are converted, indexes stay. Everything else stays as written.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** Give an integer in the library. */
const INTEGER_CALLS = new Set([
  'size',
  'int',
  'indexOf',
  'lastIndexOf',
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getFullYear',
  'getHours',
  'getMilliseconds',
  'getMinutes',
  'getMonth',
  'getSeconds',
]);
/** Want integers for all arguments that are numbers: method → positions. */
const INTEGER_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  substring: [0, 1],
  indexOf: [1],
  lastIndexOf: [1],
  split: [1],
};

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
  /** At one place, outer openings come before inner ones and inner closings before outer ones. */
  readonly rank: number;
}

/** Throws `RangeError` for an integer that a double cannot hold. */
export function rewriteCel(source: string, tree: ASTNode): string {
  const edits: Edit[] = [];
  walk(tree, edits, 0);
  edits.sort((a, b) => a.at - b.at || a.rank - b.rank);
  let out = '';
  let from = 0;
  for (const edit of edits) {
    out += source.slice(from, edit.at) + edit.insert;
    from = edit.at + edit.remove;
  }
  return out + source.slice(from);
}

function walk(node: ASTNode, edits: Edit[], depth: number): void {
  const wrap = (opening: string, at: { readonly start: number; readonly end: number }, level: number): void => {
    edits.push({ at: at.start, remove: 0, insert: opening, rank: level });
    edits.push({ at: at.end, remove: 0, insert: ')', rank: -level });
  };
  switch (node.op) {
    case 'value': {
      if (typeof node.args !== 'bigint') return;
      const number = Number(node.args);
      if (!Number.isSafeInteger(number)) throw new RangeError('an integer that a double cannot hold');
      edits.push({ at: node.start, remove: node.end - node.start, insert: `${number}.0`, rank: 1_000_000 });
      return;
    }
    case '[]':
    case '[?]':
      walk(node.args[0], edits, depth + 2);
      if (node.args[1].op !== 'value') walk(node.args[1], edits, depth + 2);
      return;
    case 'map':
      for (const [key, value] of node.args) {
        if (key.op !== 'value') walk(key, edits, depth + 2);
        walk(value, edits, depth + 2);
      }
      return;
    case 'call':
    case 'rcall': {
      const [name] = node.args;
      const args = node.op === 'call' ? node.args[1] : node.args[2];
      if (INTEGER_CALLS.has(name)) wrap('double(', node, depth);
      if (node.op === 'call' && name === 'duration') {
        edits.push({ at: node.start, remove: name.length, insert: 'isoDuration', rank: 1_000_000 });
      }
      if (node.op === 'rcall') walk(node.args[1], edits, depth + 2);
      args.forEach((arg, i) => {
        if (INTEGER_ARGUMENTS[name]?.includes(i) === true) wrap('int(', arg, depth + 1);
        walk(arg, edits, depth + 2);
      });
      return;
    }
    default:
      for (const child of childrenOf(node)) walk(child, edits, depth + 2);
  }
}

/** Sub-expressions in order, of any operator. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) collect(one);
    else if (typeof value === 'object' && value !== null && 'op' in value && 'args' in value)
      found.push(value as ASTNode);
  };
  collect(node.args);
  return found;
}
