/** The OpenAPI 3.1 document, made from the routes. */
import { z } from 'zod';
import { PROBLEMS } from './problems.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/all.ts';
import { ProblemShape } from './shapes.ts';

type Schema = Record<string, unknown>;

/** `serverUrl` comes from settings, never from a request. */
export function openApiDocument(serverUrl: string, version: string): Schema {
  const components: Record<string, Schema> = {};
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema =>
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
      description:
        'Governed business workflows: every write to an outside system is judged by policy, and where policy says so approved by people over exactly what will be written.',
    },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }],
    tags: [...new Set(ROUTES.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operation(
  route: Route,
  schemaOf: (schema: z.ZodType, io: 'input' | 'output') => Schema,
  problem: Schema,
): Schema {
  const parameters = [
    ...Object.entries(route.params?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: schemaOf(schema as z.ZodType, 'input'),
    })),
    ...Object.entries(route.query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
      schema: schemaOf(schema as z.ZodType, 'input'),
    })),
    ...(route.idempotent
      ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } }]
      : []),
    ...(route.etag && route.method !== 'GET'
      ? [{ name: 'If-Match', in: 'header', required: false, schema: { type: 'string' } }]
      : []),
  ];
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      ...(answer.schema
        ? { content: { 'application/json': { schema: schemaOf(answer.schema, 'output') } } }
        : answer.contentType
          ? { content: { [answer.contentType]: { schema: { type: 'string' } } } }
          : {}),
    },
  ]);
  const codes = [
    ...new Set([
      ...(route.permission === 'anonymous' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
      ...(route.body || route.query || route.params ? (['INVALID_REQUEST'] as const) : []),
      ...(route.problems ?? []),
    ]),
  ];
  const byStatus = Map.groupBy(codes, (code) => String(PROBLEMS[code].status));
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description:
      route.permission === 'anonymous'
        ? 'No token needed.'
        : route.permission === 'any'
          ? 'Any valid token.'
          : `Permission \`${route.permission}\`.`,
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
      default: { description: 'Problem', ...problem },
    },
  };
}

function requestBody(route: Route, schemaOf: (schema: z.ZodType, io: 'input' | 'output') => Schema): Schema {
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
