/** Routes of the service itself: health, the API's own description, and the page behind an approver's link. */
import { z } from 'zod';
import { route } from '../route.ts';
import { JsonObjectShape } from '../shapes.ts';

export const health = route({
  id: 'health',
  method: 'GET',
  path: 'api/health',
  tag: 'service',
  permission: 'anonymous',
  summary: 'The process answers',
  answers: { 200: { description: 'Alive', schema: z.object({ status: z.literal('ok'), version: z.string() }) } },
});
const Readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), ms: z.number(), code: z.string().nullable() })),
});
export const ready = route({
  id: 'ready',
  method: 'GET',
  path: 'api/ready',
  tag: 'service',
  permission: 'anonymous',
  summary: 'Every dependency answers; the one that does not is named',
  answers: {
    200: {
      description: 'Ready',
      schema: Readiness,
    },
    503: { description: 'Not ready: the checks say which dependency does not answer, and why', schema: Readiness },
  },
});
export const openapi = route({
  id: 'openapi',
  method: 'GET',
  path: 'api/openapi.json',
  tag: 'service',
  permission: 'anonymous',
  summary: 'This API as OpenAPI 3.1',
  answers: { 200: { description: 'OpenAPI document', schema: JsonObjectShape } },
});
export const docs = route({
  id: 'docs',
  method: 'GET',
  path: 'api/docs',
  tag: 'service',
  permission: 'anonymous',
  summary: 'Reference page of this API',
  answers: { 200: { description: 'HTML', contentType: 'text/html; charset=utf-8' } },
});
export const docsAsset = route({
  id: 'docsAsset',
  method: 'GET',
  path: 'api/docs/{asset}',
  tag: 'service',
  permission: 'anonymous',
  summary: 'Script and style of the reference page',
  params: z.object({ asset: z.enum(['swagger-ui-bundle.js', 'swagger-ui.css', 'start.js']) }),
  answers: { 200: { description: 'Static file', contentType: 'text/javascript' } },
  problems: ['NOT_FOUND'],
});
export const whoami = route({
  id: 'whoami',
  method: 'GET',
  path: 'api/v1/me',
  tag: 'service',
  permission: 'any',
  summary: 'Who the token says that you are, and what you may do',
  answers: {
    200: {
      description: 'The caller',
      schema: z.object({
        id: z.string(),
        tenant: z.string(),
        name: z.string(),
        kind: z.string(),
        roles: z.array(z.string()),
        groups: z.array(z.string()),
        permissions: z.array(z.string()),
      }),
    },
  },
});
export const showApprovalPage = route({
  id: 'showApprovalPage',
  method: 'GET',
  path: 'approve/{token}',
  tag: 'approval page',
  permission: 'anonymous',
  summary: 'Page behind a personal link; never changes anything',
  params: z.object({ token: z.string().min(20).max(200) }),
  query: z.object({ page: z.coerce.number().int().min(1).optional() }),
  answers: {
    200: { description: 'HTML', contentType: 'text/html; charset=utf-8' },
    404: { description: 'HTML: unknown, used up or expired', contentType: 'text/html; charset=utf-8' },
  },
});
export const submitApprovalPage = route({
  id: 'submitApprovalPage',
  method: 'POST',
  path: 'approve/{token}',
  tag: 'approval page',
  permission: 'anonymous',
  summary: 'Decides, with the nonce of the page',
  params: z.object({ token: z.string().min(20).max(200) }),
  rawBody: ['application/x-www-form-urlencoded'],
  answers: {
    200: { description: 'HTML: the receipt', contentType: 'text/html; charset=utf-8' },
    409: {
      description: 'HTML: the content has changed or someone else decided',
      contentType: 'text/html; charset=utf-8',
    },
  },
});
