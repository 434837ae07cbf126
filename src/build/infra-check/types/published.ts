/**
 * The published shapes of Azure resource types, from the file that is taken from the same source as the compiler's own.
 * Types of Microsoft Graph are not in it; the few that are used are written down in graph.ts.
 */
import { graphTypes } from './graph.ts';
import { any, text } from './type.ts';
import type { Member, Type } from './type.ts';

interface Raw {
  readonly t?: string;
  readonly ref?: string;
  readonly value?: string;
  readonly values?: readonly string[];
  readonly items?: Raw;
  readonly of?: readonly Raw[];
  readonly required?: boolean;
  readonly readOnly?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Record<string, Raw>;
  readonly base?: Record<string, Raw>;
  readonly variants?: Record<string, Raw>;
  readonly discriminator?: string;
  readonly additional?: Raw;
}

interface File {
  readonly resources: Record<string, { readonly scopes: number; readonly body: Raw }>;
  readonly definitions: Record<string, Raw>;
}

export interface ResourceShape {
  readonly body: Type;
  /** Bits of the scopes where it may be deployed: 1 tenant, 2 management group, 4 subscription, 8 resource group, 16 extension. */
  readonly scopes: number;
}

export interface Catalog {
  /** The shape, or null for a type or version that was never published. */
  find(resourceType: string): ResourceShape | null;
}

export function publishedTypes(file: File): Catalog {
  const known = new Map(Object.entries(file.resources).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    find(resourceType) {
      const graph = graphTypes.get(resourceType);
      if (graph) return { body: graph, scopes: 15 };
      const found = known.get(resourceType.toLowerCase());
      return found ? { body: typeOf(found.body, file), scopes: found.scopes } : null;
    },
  };
}

function typeOf(raw: Raw, file: File): Type {
  if (raw.ref !== undefined) return shapeOf(file.definitions[raw.ref] ?? {}, file);
  switch (raw.t) {
    case 'string':
      return { kind: 'string', ...lengths(raw) };
    case 'const':
      return { kind: 'string', values: [raw.value ?? ''] };
    case 'enum':
      return { kind: 'string', values: raw.values ?? [] };
    case 'int':
      return { kind: 'int' };
    case 'bool':
      return { kind: 'bool' };
    case 'array':
      return { kind: 'array', item: raw.items ? typeOf(raw.items, file) : any };
    case 'union':
      return { kind: 'union', of: (raw.of ?? []).map((one) => typeOf(one, file)) };
    default:
      return any;
  }
}

function lengths(raw: Raw): { min?: number; max?: number; pattern?: string } {
  return {
    ...(raw.minLength === undefined ? {} : { min: raw.minLength }),
    ...(raw.maxLength === undefined ? {} : { max: raw.maxLength }),
    ...(raw.pattern === undefined ? {} : { pattern: raw.pattern }),
  };
}

function shapeOf(raw: Raw, file: File): Type {
  if (raw.discriminator !== undefined) {
    const variants = (): Map<string, Type> =>
      new Map(
        Object.entries(raw.variants ?? {}).map(([value, variant]) => {
          const own = variant.ref === undefined ? variant : (file.definitions[variant.ref] ?? {});
          return [value, objectOf({ ...own, properties: { ...raw.base, ...own.properties } }, file)];
        }),
      );
    return { kind: 'choice', by: raw.discriminator, variants };
  }
  return objectOf(raw, file);
}

function objectOf(raw: Raw, file: File): Type {
  let members: Map<string, Member> | null = null;
  return {
    kind: 'object',
    members: () =>
      (members ??= new Map(
        Object.entries(raw.properties ?? {}).map(([key, value]) => [
          key,
          { type: typeOf(value, file), required: value.required === true, readOnly: value.readOnly === true },
        ]),
      )),
    rest: raw.additional ? typeOf(raw.additional, file) : raw.properties ? null : text,
  };
}
