/** Routes of artifacts: bytes that belong to a run and are sealed under its key. */
import { z } from 'zod';
import { route } from '../route.ts';
import { ReasonShape, RunIdShape } from '../shapes.ts';

export const ArtifactShape = z
  .object({
    id: z.string(),
    run: z.string(),
    name: z.string(),
    contentType: z.string(),
    bytes: z.number().int(),
    createdAt: z.string(),
    createdBy: z.string(),
  })
  .meta({ id: 'Artifact' });
const ArtifactParams = z.object({
  artifact: z.string().regex(/^[a-z0-9][a-z0-9-]{3,79}~[a-z0-9]{8,40}$/, 'is no id of an artifact'),
});

export const putArtifact = route({
  id: 'putArtifact',
  method: 'POST',
  path: 'api/v1/runs/{run}/artifacts',
  tag: 'artifacts',
  permission: 'artifacts.write',
  idempotent: true,
  summary: 'Attach bytes to a run (≤ 1 MB)',
  params: z.object({ run: RunIdShape }),
  query: z.object({ name: z.string().min(1).max(120) }),
  rawBody: ['application/octet-stream', 'text/plain', 'text/csv', 'application/pdf', 'application/json'],
  answers: { 201: { description: 'Stored', schema: ArtifactShape } },
  problems: ['NOT_FOUND', 'GONE', 'LENGTH_REQUIRED'],
});
export const listArtifacts = route({
  id: 'listArtifacts',
  method: 'GET',
  path: 'api/v1/runs/{run}/artifacts',
  tag: 'artifacts',
  permission: 'runs.read',
  summary: 'Artifacts of a run, without their bytes',
  params: z.object({ run: RunIdShape }),
  answers: { 200: { description: 'Artifacts', schema: z.object({ items: z.array(ArtifactShape) }) } },
  problems: ['NOT_FOUND'],
});
export const getArtifact = route({
  id: 'getArtifact',
  method: 'GET',
  path: 'api/v1/artifacts/{artifact}',
  tag: 'artifacts',
  permission: 'artifacts.read',
  summary: 'The bytes; the reading is audited',
  params: ArtifactParams,
  query: z.object({ reason: ReasonShape }),
  answers: { 200: { description: 'The bytes', contentType: 'application/octet-stream' } },
  problems: ['NOT_FOUND', 'FORBIDDEN', 'GONE'],
});
