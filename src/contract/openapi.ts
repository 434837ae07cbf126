/** The OpenAPI 3.1 document, made from the routes. */
import { z } from 'zod';
import { rolesWith } from './permissions.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/all.ts';
import { ProblemShape } from './shapes.ts';

type Schema = Record<string, unknown>;
type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => Schema;

const IDEMPOTENT =
  'Yours and this route’s for 30 days: the same body is answered as the first time, another one with 409';
/** What stands under each tag, in the order of a first visit. */
const TAGS: Readonly<Record<string, string>> = {
  workflows: 'What may run: documents in immutable versions',
  runs: 'What runs and ran, step by step; its controls, effects and audit chain',
  approvals: 'What waits for people, and what they decided over exactly which content',
  artifacts: 'Bytes that belong to a run and are gone with its key',
  definitions: 'Files of all kinds, checked and published together',
  connectors: 'Outside systems: where they are, what may be read and written, which policies hold',
  policies: 'Who has to approve what',
  'business-objects': 'Canonical record types',
  'approval page': 'The page behind a personal link',
  service: 'The service about itself',
};

/** `serverUrl` comes from settings, never from a request. */
export function openApiDocument(serverUrl: string, version: string): Schema {
  const components: Record<string, Schema> = {};
  const schemaOf: SchemaOf = (schema, io) =>
    extract(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema, components);
  const problem = { content: { 'application/problem+json': { schema: schemaOf(ProblemShape, 'output') } } };
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of ROUTES) {
    const path = (paths[`/${route.path}`] ??= {});
    path[route.method.toLowerCase()] = operation(route, schemaOf, problem);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Governed business workflows: every write to an outside system is judged by policy, and where policy says so approved by people over exactly what will be written.',
    },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operation(route: Route, schemaOf: SchemaOf, problem: Schema): Schema {
  const parameters = parametersOf(route, schemaOf);
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      ...headersOf(route, Number(status)),
      ...(answer.schema
        ? { content: { 'application/json': { schema: schemaOf(answer.schema, 'output') } } }
        : answer.contentType
          ? { content: { [answer.contentType]: { schema: { type: 'string' } } } }
          : {}),
    },
  ]);
  const byStatus = Map.groupBy(codesOf(route), (code) => String(PROBLEMS[code].status));
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description:
      route.permission === 'anonymous'
        ? 'No token needed.'
        : route.permission === 'any'
          ? 'Any valid token.'
          : `Permission \`${route.permission}\` (roles: ${rolesWith(route.permission).join(', ') || 'none'}).`,
    ...(route.permission === 'anonymous' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(route, schemaOf),
    responses: {
      ...Object.fromEntries(answers),
      ...Object.fromEntries(
        [...byStatus]
          .filter(([status]) => !(Number(status) in route.answers))
          .map(([status, list]) => [status, { description: list.join(', '), ...problem }]),
      ),
      default: { description: 'Any other problem', ...problem },
    },
  };
}

function parametersOf(route: Route, schemaOf: SchemaOf): readonly Schema[] {
  const text = (name: string, description: string, schema: Schema = {}): Schema => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', ...schema },
  });
  const fields = (place: 'path' | 'query', shape: Readonly<Record<string, unknown>> = {}): readonly Schema[] =>
    Object.entries(shape).map(([name, field]) => ({
      name,
      in: place,
      required: place === 'path' || !(field as z.ZodType).safeParse(undefined).success,
      schema: schemaOf(field as z.ZodType, 'input'),
    }));
  return [
    ...fields('path', route.params?.shape),
    ...fields('query', route.query?.shape),
    ...(route.idempotent ? [text('Idempotency-Key', IDEMPOTENT, { maxLength: 200 })] : []),
    ...(route.etag && route.method !== 'GET'
      ? [text('If-Match', 'The `ETag` of what you have read; 412 otherwise')]
      : []),
    ...(route.traced ? [text('traceparent', 'W3C trace context that the run goes on with')] : []),
  ];
}

/** Headers of a success that callers may rely on. */
function headersOf(route: Route, status: number): Schema {
  if (status >= 300) return {};
  const names = {
    ...(status === 201 || status === 202 ? { Location: 'Address of what was created' } : {}),
    ...(route.idempotent ? { 'Idempotent-Replay': '`true`: answered before under the same key' } : {}),
    ...(route.etag && status === 200 ? { ETag: 'Names this state of it, for `If-Match`' } : {}),
  };
  const headers = Object.entries(names).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return headers.length > 0 ? { headers: Object.fromEntries(headers) } : {};
}

/** What every route of its kind can answer, and what this one says of itself. */
function codesOf(route: Route): readonly ProblemCode[] {
  return [
    ...new Set<ProblemCode>([
      'INVALID_REQUEST',
      ...(route.permission === 'anonymous' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
      ...(route.body ? (['BODY_NOT_JSON'] as const) : []),
      ...(route.body || route.rawBody ? (['CONTENT_TYPE', 'BODY_TOO_LARGE'] as const) : []),
      ...(route.idempotent ? (['IDEMPOTENCY_MISMATCH'] as const) : []),
      ...(route.problems ?? []),
    ]),
  ];
}

function requestBody(route: Route, schemaOf: SchemaOf): Schema {
  const content = {
    ...(route.body ? { 'application/json': { schema: schemaOf(route.body, 'input') } } : {}),
    ...Object.fromEntries(
      (route.rawBody ?? []).map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
    ),
  };
  return Object.keys(content).length > 0 ? { requestBody: { required: true, content } } : {};
}

/** Moves named schemas to the components and leaves references. */
function extract(schema: Schema, components: Record<string, Schema>): Schema {
  const { $defs, $schema, id, ...rest } = schema;
  void $schema;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Schema>))
    components[name] ??= relocate(definition) as Schema;
  const located = relocate(rest) as Schema;
  if (typeof id !== 'string') return located;
  components[id] ??= located;
  return { $ref: `#/components/schemas/${id}` };
}

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !(key === 'id' && typeof member === 'string'))
      .map(([key, member]) => [
        key,
        key === '$ref' && typeof member === 'string'
          ? member.replace('#/$defs/', '#/components/schemas/')
          : relocate(member),
      ]),
  );
}
