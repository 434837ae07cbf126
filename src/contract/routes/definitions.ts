/** Routes of everything that people write: workflows, connectors, policies, business objects. */
import { z } from 'zod';
import type { Permission } from '../permissions.ts';
import { route } from '../route.ts';
import { FieldErrorShape, JsonObjectShape, NameShape, ObjectIdShape, PageQuery, pageOf } from '../shapes.ts';

export const DefinitionShape = z
  .object({
    kind: z.string(),
    id: z.string(),
    version: z.number().int(),
    digest: z.string(),
    publishedBy: z.string(),
    publishedAt: z.string(),
    document: JsonObjectShape.optional(),
  })
  .meta({ id: 'Definition' });
const page = pageOf(DefinitionShape, 'DefinitionPage');
const Applied = z
  .object({
    results: z.array(
      z.object({
        kind: z.string(),
        id: z.string(),
        version: z.number().int(),
        outcome: z.enum(['created', 'updated', 'unchanged']),
      }),
    ),
    warnings: z.array(z.string()).optional(),
  })
  .meta({ id: 'Applied' });

export const applyDefinitions = route({
  id: 'applyDefinitions',
  method: 'POST',
  path: 'api/v1/definitions',
  tag: 'definitions',
  permission: 'any',
  idempotent: true,
  summary: 'Apply documents of all kinds together: all or nothing',
  query: z.object({ dryRun: z.enum(['true', 'false']).optional() }),
  body: z.strictObject({
    texts: z.array(z.string().max(262_144)).min(1).max(100).describe('YAML or JSON, each with one or more documents'),
  }),
  answers: { 200: { description: 'What became of each document', schema: Applied } },
  problems: ['INVALID_DEFINITION', 'FORBIDDEN'],
});
export const validateDefinitions = route({
  id: 'validateDefinitions',
  method: 'POST',
  path: 'api/v1/definitions/validate',
  tag: 'definitions',
  permission: 'definitions.validate',
  summary: 'All problems of documents, against what is stored',
  body: z.strictObject({ texts: z.array(z.string().max(262_144)).min(1).max(100) }),
  answers: {
    200: {
      description: 'No problems, or all of them',
      schema: z.object({ problems: z.array(FieldErrorShape), warnings: z.array(z.string()) }),
    },
  },
});
export const definitionSchema = route({
  id: 'definitionSchema',
  method: 'GET',
  path: 'api/v1/schemas/definition.json',
  tag: 'definitions',
  permission: 'anonymous',
  summary: 'JSON Schema of definition files, for editors',
  answers: { 200: { description: 'JSON Schema 2020-12', schema: JsonObjectShape } },
});

/** The same routes for each kind; `publish` is the permission that writing it needs. */
function kind<const Name extends string>(name: Name, path: string, tag: string, id: z.ZodString, publish: Permission) {
  const params = z.object({ id });
  return {
    list: route({
      id: `list${name}s`,
      method: 'GET',
      path: `api/v1/${path}`,
      tag,
      permission: 'definitions.read',
      summary: `All ${tag} in their active version`,
      query: z.object(PageQuery),
      answers: { 200: { description: 'A page', schema: page } },
    }),
    get: route({
      id: `get${name}`,
      method: 'GET',
      path: `api/v1/${path}/{id}`,
      tag,
      permission: 'definitions.read',
      summary: `One of the ${tag} in its active version`,
      params,
      etag: true,
      answers: { 200: { description: 'The document', schema: DefinitionShape } },
      problems: ['NOT_FOUND'],
    }),
    put: route({
      id: `put${name}`,
      method: 'PUT',
      path: `api/v1/${path}/{id}`,
      tag,
      permission: publish,
      summary: `Publish a new version in ${tag} and make it active`,
      params,
      etag: true,
      body: JsonObjectShape,
      answers: { 200: { description: 'The version', schema: DefinitionShape } },
      problems: ['INVALID_DEFINITION', 'PRECONDITION_FAILED', 'FORBIDDEN'],
    }),
    remove: route({
      id: `retire${name}`,
      method: 'DELETE',
      path: `api/v1/${path}/{id}`,
      tag,
      permission: publish,
      summary: 'Retire: nothing new may use it; versions stay readable',
      params,
      etag: true,
      answers: { 204: { description: 'Retired' } },
      problems: ['NOT_FOUND', 'PRECONDITION_FAILED'],
    }),
    versions: route({
      id: `list${name}Versions`,
      method: 'GET',
      path: `api/v1/${path}/{id}/versions`,
      tag,
      permission: 'definitions.read',
      summary: 'All versions, newest first',
      params,
      query: z.object(PageQuery),
      answers: { 200: { description: 'A page', schema: page } },
      problems: ['NOT_FOUND'],
    }),
    version: route({
      id: `get${name}Version`,
      method: 'GET',
      path: `api/v1/${path}/{id}/versions/{version}`,
      tag,
      permission: 'definitions.read',
      summary: 'One immutable version',
      params: z.object({ id, version: z.coerce.number().int().positive() }),
      answers: { 200: { description: 'The document', schema: DefinitionShape } },
      problems: ['NOT_FOUND'],
    }),
  } as const;
}

export const workflows = kind('Workflow', 'workflows', 'workflows', NameShape, 'workflows.publish');
export const connectors = kind('Connector', 'connectors', 'connectors', NameShape, 'connectors.publish');
export const policies = kind('Policy', 'policies', 'policies', NameShape, 'policies.publish');
export const businessObjects = kind(
  'BusinessObject',
  'business-objects',
  'business-objects',
  ObjectIdShape,
  'business-objects.publish',
);

export const workflowGraph = route({
  id: 'getWorkflowGraph',
  method: 'GET',
  path: 'api/v1/workflows/{id}/graph',
  tag: 'workflows',
  permission: 'definitions.read',
  summary: 'The graph as Mermaid text',
  params: z.object({ id: NameShape }),
  query: z.object({ version: z.coerce.number().int().positive().optional() }),
  answers: { 200: { description: 'Mermaid', contentType: 'text/vnd.mermaid' } },
  problems: ['NOT_FOUND'],
});
export const testConnector = route({
  id: 'testConnector',
  method: 'POST',
  path: 'api/v1/connectors/{id}/test',
  tag: 'connectors',
  permission: 'connectors.test',
  summary: 'A harmless call: are address, credentials and answer right?',
  params: z.object({ id: NameShape }),
  body: z.strictObject({}),
  answers: {
    200: {
      description: 'What was seen',
      schema: z.object({
        ok: z.boolean(),
        detail: z.string(),
        code: z.string().nullable().describe('With which code a step would fail now'),
        next: z.string().nullable().describe('What to do about it'),
      }),
    },
  },
  problems: ['NOT_FOUND'],
});
