/**
 * What a value may be, for declared types, published resource types and inferred values alike. Members are read lazily,
 * because published types refer to one another. Data and a few constructors; assigning is next door.
 */
export interface Member {
  readonly type: Type;
  readonly required: boolean;
  readonly readOnly: boolean;
}

export type Type =
  | { readonly kind: 'any' }
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value?: boolean }
  | { readonly kind: 'int'; readonly values?: readonly number[]; readonly min?: number; readonly max?: number }
  | {
      readonly kind: 'string';
      readonly values?: readonly string[];
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: string;
    }
  | { readonly kind: 'array'; readonly item: Type }
  | { readonly kind: 'object'; readonly members: () => ReadonlyMap<string, Member>; readonly rest: Type | null }
  | { readonly kind: 'choice'; readonly by: string; readonly variants: () => ReadonlyMap<string, Type> }
  | { readonly kind: 'union'; readonly of: readonly Type[] }
  | { readonly kind: 'maybe'; readonly of: Type };

export const any: Type = { kind: 'any' };
export const text: Type = { kind: 'string' };
export const bool: Type = { kind: 'bool' };
export const int: Type = { kind: 'int' };
export const anyArray: Type = { kind: 'array', item: any };
export const anyObject: Type = { kind: 'object', members: () => new Map(), rest: any };

export function object(members: Record<string, Type>): Type {
  const map = new Map(Object.entries(members).map(([name, type]) => [name, { type, required: true, readOnly: false }]));
  return { kind: 'object', members: () => map, rest: null };
}

/** The type of all of several values; equal kinds are not merged, a union is enough for checking. */
export function union(types: readonly Type[]): Type {
  const flat = types.flatMap((type) => (type.kind === 'union' ? type.of : [type]));
  const [first] = flat;
  if (first === undefined) return any;
  return flat.length === 1 ? first : { kind: 'union', of: flat };
}

/** The type of a JSON value, with its literals. */
export function fromJson(value: unknown): Type {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'string') return { kind: 'string', values: [value], min: value.length, max: value.length };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'number') return { kind: 'int', values: [value] };
  if (Array.isArray(value)) return { kind: 'array', item: union(value.map(fromJson)) };
  return object(Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, fromJson(inner)])));
}

export function name(type: Type): string {
  switch (type.kind) {
    case 'string':
      return type.values ? type.values.map((value) => `'${value}'`).join(' | ') : 'string';
    case 'int':
      return type.values ? type.values.join(' | ') : 'int';
    case 'array':
      return `${name(type.item)}[]`;
    case 'union':
      return type.of.map(name).join(' | ');
    case 'maybe':
      return `${name(type.of)} | null`;
    case 'choice':
      return 'object';
    default:
      return type.kind;
  }
}
