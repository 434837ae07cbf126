/** Shapes that several routes share. Names of components in the OpenAPI document come from `meta({ id })`. */
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from './problems.ts';

export const RunIdShape = z.string().regex(/^[a-z0-9][a-z0-9-]{3,79}$/, 'is no id of a run');
export const NameShape = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'begins with a small letter; small letters, digits and -, at most 63');
export const StepIdShape = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'is no id of a step');
export const ObjectIdShape = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'begins with a letter; letters, digits, _ and -, at most 64');
export const InstantShape = z.iso.datetime();
export const ReasonShape = z.string().min(3).max(500);

export const IdempotencyKeyShape = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e][\x20-\x7e]*$/, 'visible ASCII, at most 200');

export const JsonShape: z.ZodType = z.unknown().meta({ id: 'Json', description: 'Any JSON value' });
export const JsonObjectShape = z
  .record(z.string(), z.unknown())
  .meta({ id: 'JsonObject', description: 'Any JSON object' });

export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
};
export const pageOf = (item: z.ZodType, id: string) =>
  z
    .object({
      items: z.array(item),
      cursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null when there is none'),
    })
    .meta({ id });

export const FieldErrorShape = z
  .object({
    pointer: z
      .string()
      .describe('JSON pointer into the body or the named document; `path/…`, `query/…`, `header/…` for the rest'),
    code: z.string(),
    message: z.string(),
    suggestion: z.string().optional(),
    document: z.string().optional().describe('Of definitions: kind and id'),
    text: z.number().int().optional().describe('Of definitions: which of the texts sent, from 1'),
    line: z.number().int().optional(),
    column: z.number().int().optional(),
  })
  .meta({ id: 'FieldError' });

export const ProblemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    next: z.string().describe('What to do next'),
    errors: z.array(FieldErrorShape).optional().describe('Every problem of the request, at most 200'),
    errorId: z.string().optional().describe('Of `INTERNAL`: what to report'),
    permission: z.string().optional().describe('Of `FORBIDDEN`: what is missing'),
    roles: z.array(z.string()).optional().describe('Of `FORBIDDEN`: roles that have it'),
    standing: z.unknown().optional().describe('Of `ALREADY_DECIDED`: the decision that stands'),
    state: z.string().optional().describe('Of `CONFLICT`: the state of the run'),
    phase: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

export const RunStateShape = z.enum(['PENDING', 'RUNNING', 'SUSPENDED', 'PAUSED', 'SUCCEEDED', 'FAILED', 'CANCELLED']);

export const StepShape = z
  .object({
    id: z.string(),
    ordinal: z.number().int(),
    verb: z.string(),
    state: z.enum(['PENDING', 'READY', 'RUNNING', 'SUSPENDED', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED']),
    reason: z.string().nullable(),
    attempt: z.number().int(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    durationMs: z.number().nullable(),
    wakeAt: z.string().nullable().describe('When a step that backs off tries again'),
    deadline: z.string().nullable().describe('When a step that waits is decided without an answer'),
    error: z.object({ code: z.string(), next: z.string() }).nullable(),
    openEffects: z.number().int(),
    output: z.unknown().describe('`{"$sensitive":true}` unless the step says otherwise or it was revealed'),
  })
  .meta({ id: 'Step' });

export const RunShape = z
  .object({
    id: z.string(),
    workflow: z.string(),
    version: z.number().int(),
    state: RunStateShape,
    reason: z.string().nullable(),
    phase: z.string(),
    attempt: z.number().int(),
    partial: z.boolean(),
    cause: z.object({ code: z.string(), step: z.string().nullable(), next: z.string() }).nullable(),
    trigger: z.string(),
    startedBy: z.object({ id: z.string(), kind: z.string() }),
    businessKey: z.string().nullable(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    erasedAt: z.string().nullable(),
    activeMs: z.number(),
    waitingFor: z.array(
      z.object({
        step: z.string(),
        reason: z.string(),
        approval: z.string().nullable(),
        deadline: z.string().nullable(),
      }),
    ),
    traceId: z.string().nullable(),
    auditSeq: z.number().int(),
    steps: z.array(StepShape).optional(),
  })
  .meta({ id: 'Run' });
