/**
 * Reads one .bicep or .bicepparam file into declarations. The grammar comes as WebAssembly, so this runs wherever Node
 * does. Two forms that the grammar does not know are masked to the same length first, so that positions stay true:
 * `extension NAME`, and the assignments of parameter files.
 */
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import type { Node } from 'web-tree-sitter';
import type { Declaration, Decorator, Import, Source, SyntaxFault } from './ast.ts';
import { at, expression, parts, typeExpression } from './expressions.ts';
import { lineFaults } from './lines.ts';

export type Parse = (path: string, text: string) => Source;

/** Loads the grammar once; the returned function is synchronous. */
export async function loadParser(): Promise<Parse> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(
    await Language.load(createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')),
  );
  return (path, text) => {
    const parameters = path.endsWith('.bicepparam');
    const extensions: string[] = [];
    let masked = text.replace(/^extension[ \t]+(\w+)/gm, (whole, name: string) => {
      extensions.push(name);
      return `//${whole.slice(2)}`;
    });
    if (parameters) masked = masked.replace(/^param(?=[ \t])/gm, 'var  ');
    const tree = parser.parse(masked);
    if (tree === null) throw new Error(`${path}: the parser gave nothing`);
    const source = read(path, text, parameters, extensions, tree.rootNode);
    tree.delete();
    return source;
  };
}

function faultsOf(root: Node): SyntaxFault[] {
  const found: SyntaxFault[] = [];
  const walk = (node: Node): void => {
    if (node.isMissing) found.push({ at: at(node), message: `${node.type} is missing` });
    else if (node.isError)
      found.push({ at: at(node), message: `cannot be read: ${node.text.slice(0, 40).replace(/\s+/g, ' ')}` });
    else for (const child of node.children) if (child !== null) walk(child);
  };
  if (root.hasError) walk(root);
  return found;
}

function read(path: string, text: string, parameters: boolean, extensions: string[], root: Node): Source {
  const faults = [...faultsOf(root), ...lineFaults(root)];
  const imports: Import[] = [];
  const declarations: Declaration[] = [];
  const source = {
    path,
    text,
    parameters,
    faults,
    targetScope: 'resourceGroup',
    using: null as string | null,
    extensions,
    imports,
    declarations,
  };
  if (faults.length > 0) return source;
  try {
    statements(root, source, imports, declarations);
  } catch (error) {
    faults.push({ at: { line: 1, column: 1 }, message: error instanceof Error ? error.message : String(error) });
  }
  return source;
}

function statements(
  root: Node,
  source: { targetScope: string; using: string | null },
  imports: Import[],
  declarations: Declaration[],
): void {
  let decorators: Decorator[] = [];
  for (const node of parts(root)) {
    if (node.type === 'decorators') {
      decorators = parts(node).map(decorator);
    } else if (node.type === 'import_functionality') {
      const names = parts(node);
      const from = literal(names.pop());
      for (const name of names) imports.push({ name: name.text, from, at: at(name) });
    } else if (node.type === 'target_scope_assignment') {
      source.targetScope = literal(parts(node)[0]);
    } else if (node.type === 'using_statement') {
      source.using = literal(parts(node)[0]);
    } else {
      declarations.push(declaration(node, decorators));
      decorators = [];
    }
  }
}

function literal(node: Node | undefined): string {
  const text = node === undefined ? null : expression(node);
  return text?.node === 'string' ? text.parts.join('') : '';
}

function decorator(node: Node): Decorator {
  const [call] = parts(node);
  const read = call === undefined ? null : expression(call);
  if (read?.node !== 'call') throw new Error(`decorator at line ${at(node).line} is not a call`);
  return {
    name: read.callee.node === 'name' || read.callee.node === 'member' ? read.callee.name : '',
    args: read.args,
  };
}

function declaration(node: Node, decorators: readonly Decorator[]): Declaration {
  const [name, second, third] = parts(node);
  const value = parts(node).at(-1);
  if (name === undefined || second === undefined || value === undefined)
    throw new Error(`${node.type} at line ${at(node).line} is incomplete`);
  const head = { name: name.text, at: at(name), decorators };
  switch (node.type) {
    case 'parameter_declaration':
      return {
        ...head,
        kind: 'param',
        type: typeExpression(second),
        value: third === undefined ? null : expression(third),
      };
    case 'variable_declaration':
      return { ...head, kind: 'var', value: expression(value) };
    case 'output_declaration':
      return { ...head, kind: 'output', type: typeExpression(second), value: expression(value) };
    case 'type_declaration':
      return { ...head, kind: 'type', type: typeExpression(second) };
    case 'metadata_declaration':
      return { ...head, kind: 'metadata', value: expression(value) };
    case 'module_declaration':
      return { ...head, kind: 'module', path: literal(second), value: expression(value) };
    case 'resource_declaration': {
      const existing = node.children.some((child) => child?.type === 'existing');
      return { ...head, kind: 'resource', resourceType: literal(second), existing, value: expression(value) };
    }
    default:
      throw new Error(`no rule for ${node.type} at line ${at(node).line}`);
  }
}
