/**
 * What a connector document declares for the http-json adapters (LANGUAGE §5): the schema, strict, with every default.
 * Authors of workflows choose a resource by name and give values; method, path, headers and paging stand here.
 */
import { z } from 'zod';
import { WRITE_MODES } from './modes.ts';
import { headerNameAllowed, headerValueAllowed } from '../http/headers.ts';
import { duration, httpSettings } from '../http/settings.ts';
import { holesOf, templateProblem } from '../http/template.ts';
import { isPointer } from '../pointer.ts';

const pointer = z.string().max(500).refine(isPointer, 'not a JSON pointer');
const path = z
  .string()
  .max(1_000)
  .superRefine((text, context) => {
    const problem = templateProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
const parameter = z.string().regex(/^[$A-Za-z_][\w.$-]{0,63}$/, 'not a parameter name');
const headerName = z.string().refine(headerNameAllowed, 'this header may not be set by a connector');
const constants = z.record(parameter, z.string().refine(headerValueAllowed, 'visible ASCII only'));
const size = z.int().min(1).max(10_000);

const paging = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('cursor'),
    param: parameter,
    next: pointer,
    sizeParam: parameter.optional(),
    size: size.optional(),
  }),
  z.strictObject({
    kind: z.literal('offset'),
    param: parameter,
    sizeParam: parameter.optional(),
    size: size.optional(),
    /** Where the answer says how many records there are in all; without it an empty page is the end. */
    total: pointer.optional(),
    first: z.int().min(0).max(1).default(0),
    unit: z.enum(['items', 'pages']).default('items'),
  }),
  z.strictObject({ kind: z.literal('link'), sizeParam: parameter.optional(), size: size.optional() }),
  z.strictObject({ kind: z.literal('odata'), size: size.optional() }),
]);
export type Paging = z.infer<typeof paging>;

const keyedPath = path.refine((text) => holesOf(text).length > 0, 'the path needs a {key}');

const readResource = z.strictObject({
  access: z.literal('read'),
  path,
  /** Constants that every request carries. */
  query: constants.default({}),
  items: pointer.default(''),
  paging: paging.default({ kind: 'none' }),
  /** LOOKUP: one record by key. */
  lookup: z.strictObject({ path: keyedPath, found: pointer.default('') }).optional(),
});
export type ReadResource = z.infer<typeof readResource>;

const idempotency = z.union([
  z.strictObject({
    header: headerName,
    /** Status that means: a request with this key is still being performed. */
    inProgress: z.int().min(400).max(499).default(409),
  }),
  z.strictObject({ kind: z.literal('none') }),
]);

const writing = {
  /** Where the target's own id stands in its answer, or in each of `results`. */
  key: pointer.optional(),
  idempotency: idempotency.default({ kind: 'none' }),
  lookup: z.strictObject({ path: keyedPath, found: pointer.default(''), settle: duration.default(0) }).optional(),
  /** Statuses by which the target promises that nothing was written. */
  notPerformed: z.array(z.int().min(408).max(599)).max(20).default([]),
  policies: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/))
    .max(20)
    .optional(),
};

const writeResource = z
  .strictObject({
    access: z.literal('write'),
    path,
    modes: z.array(z.enum(WRITE_MODES)).min(1).default(['create']),
    methods: z.partialRecord(z.enum(WRITE_MODES), z.enum(['POST', 'PUT', 'PATCH', 'DELETE'])).default({}),
    recordKey: z.enum(['required', 'optional']).default('optional'),
    /** Member under which each record carries its key. */
    recordKeyMember: z.string().min(1).max(100).optional(),
    batch: z.strictObject({ max: z.int().min(1).max(1_000), body: pointer.default('') }).optional(),
    /** Where a batch's answer lists one result per record. */
    results: pointer.optional(),
    /** Where a batch's answer lists `{index, …}` of records it did not take. */
    refused: pointer.optional(),
    ...writing,
  })
  .refine((given) => given.batch === undefined || holesOf(given.path).length === 0, {
    path: ['path'],
    message: 'a batch goes to one path: no {names}',
  });
export type WriteResource = z.infer<typeof writeResource>;

export const resourceDeclaration = z.discriminatedUnion('access', [readResource, writeResource]);

export const commandDeclaration = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
  path,
  ...writing,
});
export type Command = z.infer<typeof commandDeclaration>;

export const settingsDeclaration = httpSettings.extend({
  /** What `test` asks for; without it the first read resource is asked for one page. */
  test: z.strictObject({ path }).optional(),
});
