/**
 * Line breaks mean something in Bicep and nothing in the grammar that we parse with: properties, items and statements that
 * share a line without a comma between them are read by it, and refused by the compiler. Found here from the tree.
 */
import type { Node } from 'web-tree-sitter';
import type { SyntaxFault } from './ast.ts';
import { at } from './expressions.ts';

const separators = new Set(['object', 'array']);

export function lineFaults(root: Node): SyntaxFault[] {
  const found: SyntaxFault[] = [];
  const walk = (node: Node): void => {
    const list = node.children.filter((child): child is Node => child !== null);
    if (separators.has(node.type) || node.type === 'infrastructure') found.push(...crowded(list));
    if (node.type === 'arguments')
      found.push(
        ...list
          .filter((child, index) => child.type === ',' && list[index + 1]?.type === ')')
          .map((child) => fault(child, 'a comma ends the arguments')),
      );
    for (const child of list) walk(child);
  };
  walk(root);
  return found;
}

function crowded(list: readonly Node[]): SyntaxFault[] {
  const found: SyntaxFault[] = [];
  list.forEach((child, index) => {
    const before = list[index - 1];
    if (!before || !meaning(child) || !meaning(before) || before.type === 'decorators') return;
    if (before.endPosition.row === child.startPosition.row)
      found.push(fault(child, 'a comma or a new line is missing before this'));
  });
  return found;
}

function meaning(node: Node): boolean {
  return node.isNamed && !node.type.endsWith('comment');
}

function fault(node: Node, message: string): SyntaxFault {
  return { at: at(node), message };
}
