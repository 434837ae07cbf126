/** The functions of Bicep that templates here may call: how many arguments they take and what they give back. */
import { any, anyArray, anyObject, bool, int, object, text } from './type.ts';
import type { Type } from './type.ts';

export interface FunctionShape {
  readonly least: number;
  readonly most: number;
  readonly gives: Type;
  /** Where it may be called, when not everywhere: the default of a parameter, or a parameter file. */
  readonly only?: 'default' | 'parameters';
}

const strings = [
  'guid',
  'uniqueString',
  'resourceId',
  'subscriptionResourceId',
  'toLower',
  'toUpper',
  'trim',
  'startsWith',
  'endsWith',
  'replace',
  'split',
  'uri',
  'loadJsonContent',
  'loadTextContent',
  'utcNow',
  'base64',
  'readEnvironmentVariable',
];
const kinds: Readonly<Record<string, readonly Type['kind'][]>> = {
  ...Object.fromEntries(strings.map((name): [string, Type['kind'][]] => [name, ['string']])),
  cidrSubnet: ['string', 'int', 'int'],
  filter: ['array', 'bool'],
  flatten: ['array'],
  items: ['object'],
  join: ['array', 'string'],
  map: ['array', 'any'],
  max: ['int'],
  min: ['int'],
  range: ['int'],
  toObject: ['array', 'any', 'any'],
};

/** What an argument must be; the last kind named holds for all that follow. Null when it may be anything. */
export function argumentKind(name: string, index: number): Type['kind'] | null {
  const known = kinds[name];
  const kind = known?.[Math.min(index, known.length - 1)];
  return kind === undefined || kind === 'any' ? null : kind;
}

/** How few and how many parameters the function may have that is handed over: the item, and in some the index. */
export const lambdas: Readonly<Record<string, readonly [number, number]>> = {
  filter: [1, 2],
  map: [1, 2],
  reduce: [2, 3],
  toObject: [1, 1],
};

const storageSuffixes = object({ storage: text, keyvaultDns: text, sqlServerHostname: text });
const many = Number.POSITIVE_INFINITY;
const exact = (count: number, gives: Type): FunctionShape => ({ least: count, most: count, gives });
const range = (least: number, most: number, gives: Type): FunctionShape => ({ least, most, gives });
const hash: Type = { kind: 'string', min: 13, max: 13 };

export const functions: ReadonlyMap<string, FunctionShape> = new Map([
  ['any', exact(1, any)],
  ['array', exact(1, anyArray)],
  ['base64', exact(1, text)],
  ['bool', exact(1, bool)],
  ['cidrSubnet', exact(3, text)],
  ['concat', range(1, many, any)],
  ['contains', exact(2, bool)],
  ['empty', exact(1, bool)],
  ['endsWith', exact(2, bool)],
  [
    'environment',
    exact(0, object({ name: text, suffixes: storageSuffixes, authentication: anyObject, resourceManager: text })),
  ],
  ['filter', exact(2, anyArray)],
  ['first', exact(1, any)],
  ['flatten', exact(1, anyArray)],
  ['format', range(2, many, text)],
  ['guid', range(1, many, { kind: 'string', min: 36, max: 36 })],
  ['int', exact(1, int)],
  ['items', exact(1, { kind: 'array', item: object({ key: text, value: any }) })],
  ['join', exact(2, text)],
  ['json', exact(1, any)],
  ['last', exact(1, any)],
  ['length', exact(1, int)],
  ['loadJsonContent', range(1, 3, any)],
  ['loadTextContent', range(1, 2, text)],
  ['map', exact(2, anyArray)],
  ['max', range(1, many, int)],
  ['min', range(1, many, int)],
  ['newGuid', { ...exact(0, { kind: 'string', min: 36, max: 36 }), only: 'default' }],
  ['range', exact(2, { kind: 'array', item: int })],
  ['readEnvironmentVariable', { ...range(1, 2, any), only: 'parameters' }],
  ['reduce', exact(3, any)],
  ['replace', exact(3, text)],
  [
    'resourceGroup',
    range(0, 2, object({ id: text, name: text, location: text, tags: anyObject, properties: anyObject })),
  ],
  ['resourceId', range(2, many, text)],
  ['split', exact(2, anyArray)],
  ['startsWith', exact(2, bool)],
  ['string', exact(1, text)],
  ['subscription', range(0, 1, object({ id: text, subscriptionId: text, tenantId: text, displayName: text }))],
  ['subscriptionResourceId', range(2, many, text)],
  ['substring', range(2, 3, text)],
  ['take', exact(2, any)],
  ['tenant', exact(0, object({ tenantId: text }))],
  ['toLower', exact(1, text)],
  ['toObject', range(2, 3, anyObject)],
  ['toUpper', exact(1, text)],
  ['trim', exact(1, text)],
  ['union', range(2, many, any)],
  ['uniqueString', range(1, many, hash)],
  ['uri', exact(2, text)],
  ['utcNow', { ...range(0, 1, text), only: 'default' }],
]);
