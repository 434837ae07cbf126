/**
 * All files together: what each one declares, imports and offers to others, and the type behind every name. Built lazily,
 * because files refer to one another. It reports nothing; the rules do.
 */
import { posix } from 'node:path';
import type { Declaration, Decorator, Source, TypeExpr } from './syntax/ast.ts';
import { bodyOf, find, literalOf } from './syntax/walk.ts';
import { infer } from './types/infer.ts';
import type { Context } from './types/infer.ts';
import type { Catalog } from './types/published.ts';
import { any, anyArray, anyObject, bool, int, text, union } from './types/type.ts';
import type { Member, Type } from './types/type.ts';

export interface Project {
  readonly sources: readonly Source[];
  /** Null when the published types are not there; then resources are of any shape. */
  readonly catalog: Catalog | null;
  /** Text of a file by its path from the checked folder, or null. */
  read(path: string): string | null;
  source(path: string): Source | null;
  near(source: Source, path: string): string;
  declared(source: Source, name: string): Declaration | null;
  typeOf(source: Source, type: TypeExpr, decorators?: readonly Decorator[]): Type;
  /** The type of a name in a file; null when it is not declared there. */
  symbol(source: Source, name: string): Type | null;
  context(source: Source, extra: Pick<Context, 'report' | 'place'> & { used?: Set<string> }): Context;
}

const primitives: Record<string, Type> = {
  string: text,
  int,
  bool,
  array: anyArray,
  object: anyObject,
  secureString: text,
  secureObject: anyObject,
};

export function createProject(
  sources: readonly Source[],
  read: (path: string) => string | null,
  catalog: Catalog | null,
): Project {
  const cache = new Map<string, Type>();
  const open = new Set<string>();

  const project: Project = {
    sources,
    catalog,
    read,
    source: (path) => sources.find((one) => one.path === path) ?? null,
    near: (source, path) => posix.normalize(posix.join(posix.dirname(source.path), path)),
    declared: (source, name) =>
      source.declarations.find((one) => one.name === name && one.kind !== 'metadata' && one.kind !== 'output') ?? null,
    typeOf,
    symbol(source, name) {
      const key = `${source.path}#${name}`;
      const known = cache.get(key);
      if (known) return known;
      if (open.has(key)) return any;
      open.add(key);
      const found = find_(source, name);
      open.delete(key);
      if (found) cache.set(key, found);
      return found;
    },
    context: (source, { report, place, used }) => ({
      report,
      place,
      lookup(name) {
        used?.add(name);
        return project.symbol(source, name);
      },
      exists: (path) => read(project.near(source, path)) !== null,
      json(path) {
        const content = read(project.near(source, path));
        return content === null ? undefined : (JSON.parse(content) as unknown);
      },
    }),
  };

  function find_(source: Source, name: string): Type | null {
    const declaration = project.declared(source, name);
    if (declaration) return declaredType(source, declaration);
    const imported = source.imports.find((one) => one.name === name);
    const from = imported && project.source(project.near(source, imported.from));
    return from && from.faults.length === 0 ? project.symbol(from, name) : imported ? any : null;
  }

  function declaredType(source: Source, declaration: Declaration): Type {
    const quiet = project.context(source, { report: () => undefined, place: 'default' });
    switch (declaration.kind) {
      case 'param':
      case 'type':
        return typeOf(source, declaration.type, declaration.decorators);
      case 'var':
        return infer(declaration.value, quiet);
      case 'resource': {
        const shape = catalog?.find(declaration.resourceType);
        const extras = { id: text, name: text, type: text, apiVersion: text };
        const plain = shape?.body.kind === 'object' ? withMembers(shape.body, extras) : anyObject;
        return wrapped(declaration, plain);
      }
      case 'module': {
        const target = project.source(project.near(source, declaration.path));
        const outputs = new Map<string, Member>();
        for (const one of target?.declarations ?? [])
          if (one.kind === 'output' && target)
            outputs.set(one.name, { type: typeOf(target, one.type), required: true, readOnly: true });
        const shape: Type = {
          kind: 'object',
          members: () =>
            new Map([
              ['name', { type: text, required: true, readOnly: true }],
              [
                'outputs',
                {
                  type: {
                    kind: 'object',
                    members: () => outputs,
                    rest: target && target.faults.length === 0 ? null : any,
                  },
                  required: true,
                  readOnly: true,
                },
              ],
            ]),
          rest: null,
        };
        return wrapped(declaration, shape);
      }
      default:
        return any;
    }
  }

  function typeOf(source: Source, type: TypeExpr, decorators: readonly Decorator[] = []): Type {
    const plain = resolve(source, type);
    const number = (name: string): number | undefined => {
      const arg = decorators.find((one) => one.name === name)?.args[0];
      return arg?.node === 'number' ? arg.value : undefined;
    };
    const allowed = decorators.find((one) => one.name === 'allowed')?.args[0];
    if (allowed?.node === 'array') {
      const values = allowed.items.map((item) => (item.node === 'number' ? item.value : (literalOf(item) ?? '')));
      return plain.kind === 'int'
        ? { kind: 'int', values: values.filter((value) => typeof value === 'number') }
        : { kind: 'string', values: values.map(String) };
    }
    if (plain.kind !== 'string' || plain.values) return plain;
    const [min, max] = [number('minLength'), number('maxLength')];
    return { ...plain, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  }

  function resolve(source: Source, type: TypeExpr): Type {
    switch (type.type) {
      case 'name':
        return primitives[type.name] ?? project.symbol(source, type.name) ?? any;
      case 'literal':
        if (typeof type.value === 'string') return { kind: 'string', values: [type.value] };
        return typeof type.value === 'number' ? { kind: 'int', values: [type.value] } : bool;
      case 'array':
        return { kind: 'array', item: resolve(source, type.of) };
      case 'nullable':
        return { kind: 'maybe', of: resolve(source, type.of) };
      case 'union':
        return merged(type.of.map((one) => resolve(source, one)));
      case 'object': {
        const members = new Map(
          type.members.map((one): [string, Member] => [
            one.name,
            { type: resolve(source, one.of), required: one.of.type !== 'nullable', readOnly: false },
          ]),
        );
        return { kind: 'object', members: () => members, rest: null };
      }
    }
  }
  return project;
}

/** A union of literals is one type with several values, so that findings can list them. */
function merged(types: readonly Type[]): Type {
  const strings = types.flatMap((type) => (type.kind === 'string' ? (type.values ?? []) : []));
  const ints = types.flatMap((type) => (type.kind === 'int' ? (type.values ?? []) : []));
  if (strings.length === types.length) return { kind: 'string', values: strings };
  return ints.length === types.length ? { kind: 'int', values: ints } : union(types);
}

export function withMembers(type: Extract<Type, { kind: 'object' }>, extras: Record<string, Type>): Type {
  const added = Object.entries(extras).map(([name, of]): [string, Member] => [
    name,
    { type: of, required: false, readOnly: false },
  ]);
  return { ...type, members: () => new Map([...added, ...type.members()]) };
}

/** A loop makes a list of it; a condition, something that may not be there. */
function wrapped(declaration: Declaration & { kind: 'resource' | 'module' }, plain: Type): Type {
  const { value } = declaration;
  if (value.node === 'for')
    return { kind: 'array', item: value.body.node === 'if' ? { kind: 'maybe', of: plain } : plain };
  return value.node === 'if' ? { kind: 'maybe', of: plain } : plain;
}

/** A literal value of a property of a resource or module, or null. */
export function literalAt(
  declaration: Declaration & { kind: 'resource' | 'module' },
  ...path: string[]
): string | null {
  return literalOf(find(bodyOf(declaration.value), ...path));
}
